//! Reads back the SVG that we write: a strict little parser, and questions to the picture.

use rnnscope::plot::Frame;
use std::collections::HashMap;

/// The elements in the order of drawing.
pub struct Svg {
    elements: Vec<Element>,
}

struct Element {
    name: String,
    attributes: HashMap<String, String>,
    text: String,
    /// Within an image.
    raster: bool,
}

/// A rectangle, CSS pixels.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "printed when a test fails")]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub fill: String,
}

/// A text with the box that it takes.
#[derive(Debug)]
pub struct Words {
    pub text: String,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Words {
    /// Whether less than `room` lies between them.
    pub fn crowds(&self, other: &Words, room: f64) -> bool {
        let wide = Words {
            text: String::new(),
            left: self.left - room,
            top: self.top,
            right: self.right + room,
            bottom: self.bottom,
        };
        wide.overlaps(other)
    }

    pub fn overlaps(&self, other: &Words) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> f64 {
        self.get(name).parse().unwrap_or_else(|_| panic!("{}: {name}={:?}", self.name, self.get(name)))
    }

    fn points(&self) -> Vec<(f64, f64)> {
        let pair = |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
        self.get("points").split(' ').map(pair).collect()
    }
}

impl Svg {
    /// Panics on anything that is no well-formed element.
    pub fn read(text: &str) -> Svg {
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            let inner = &rest[..at];
            assert!(!inner.contains('>'), "a bare > in {inner:?}");
            if let (Some(element), false) = (elements.last_mut(), open.is_empty()) {
                element.text.push_str(inner.trim());
            }
            let end = rest[at..].find('>').expect("an element that does not end") + at;
            let tag = &rest[at + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name));
                continue;
            }
            let closed = tag.ends_with('/');
            let tag = tag.trim_end_matches('/');
            let (name, mut list) = tag.split_once(' ').unwrap_or((tag, ""));
            let mut attributes = HashMap::new();
            while let Some((key, after)) = list.split_once("=\"") {
                let (value, after) = after.split_once('"').expect("an attribute that does not end");
                assert!(attributes.insert(key.trim().to_string(), value.to_string()).is_none(), "{key} twice");
                list = after;
            }
            assert!(list.trim().is_empty(), "{list:?} in {name}");
            let raster = open.last().is_some_and(|parent| parent == "g");
            elements.push(Element { name: name.into(), attributes, text: String::new(), raster });
            if !closed {
                open.push(name.into());
            }
        }
        assert!(open.is_empty() && elements[0].name == "svg", "{open:?}");
        Svg { elements }
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    pub fn has(&self, text: &str) -> bool {
        self.named("text").any(|element| element.text == text)
    }

    pub fn polylines(&self) -> Vec<Vec<(f64, f64)>> {
        self.named("polyline").map(Element::points).collect()
    }

    /// Points of the data lines, which are thicker than all other lines.
    pub fn series(&self) -> Vec<(f64, f64)> {
        self.named("polyline").filter(|line| line.number("stroke-width") == 1.75).flat_map(Element::points).collect()
    }

    /// Corners of all marks.
    pub fn points(&self) -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> =
            self.named("polyline").chain(self.named("polygon")).flat_map(Element::points).collect();
        for rect in self.rects() {
            points.extend([(rect.x, rect.y), (rect.x + rect.width, rect.y + rect.height)]);
        }
        points.extend(self.named("circle").map(|circle| (circle.number("cx"), circle.number("cy"))));
        for words in self.texts() {
            points.extend([(words.left, words.top), (words.right, words.bottom)]);
        }
        points
    }

    fn rects(&self) -> impl Iterator<Item = Rect> {
        self.named("rect").map(|rect| Rect {
            x: rect.number("x"),
            y: rect.number("y"),
            width: rect.number("width"),
            height: rect.number("height"),
            fill: rect.get("fill").into(),
        })
    }

    /// Coloured rectangles inside the frame.
    pub fn bars(&self, frame: &Frame) -> Vec<Rect> {
        let grey = |fill: &str| fill.len() != 7 || (fill[1..3] == fill[3..5] && fill[3..5] == fill[5..7]);
        let colors = [0.62, -0.62].map(|v| rnnscope::view::css(rnnscope::view::color(v, 1.0, true, false)));
        let inside = |rect: &Rect| rect.x >= frame.left - 0.5 && rect.y >= frame.top - 0.5;
        self.rects().filter(|rect| !grey(&rect.fill) && colors.contains(&rect.fill) && inside(rect)).collect()
    }

    /// Boxes of all texts, from the widths of a common sans font.
    pub fn texts(&self) -> Vec<Words> {
        self.named("text")
            .map(|element| {
                let text = element
                    .text
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&#39;", "'")
                    .replace("&amp;", "&");
                let size = element.number("font-size");
                let bold = if element.get("font-weight") == "bold" { 1.06 } else { 1.0 };
                let width: f64 = text.chars().map(helvetica).sum::<f64>() * size * bold;
                let (x, y) = (element.number("x"), element.number("y") + element.number("dy"));
                let left = match element.get("text-anchor") {
                    "middle" => x - width / 2.0,
                    "end" => x - width,
                    _ => x,
                };
                let (right, top, bottom) = (left + width, y - 0.72 * size, y + 0.2 * size);
                if element.get("transform").starts_with("rotate(270") {
                    // About the point that it hangs on: right becomes up.
                    let (cx, cy) = (x, element.number("y"));
                    return Words {
                        text,
                        left: cx + top - cy,
                        right: cx + bottom - cy,
                        top: cy - (right - cx),
                        bottom: cy - (left - cx),
                    };
                }
                Words { text, left, top, right, bottom }
            })
            .collect()
    }

    /// The colour that the image shows at a point.
    pub fn raster_at(&self, x: f64, y: f64) -> Option<String> {
        // The first image is the strip that explains the colours; a cell of the last one is the answer.
        let mut found = None;
        for path in self.elements.iter().filter(|element| element.raster && element.name == "path") {
            for cell in path.get("d").split('z').filter(|cell| !cell.is_empty()) {
                let numbers: Vec<f64> =
                    cell.split(['M', ' ', 'H', 'v']).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
                let [left, top, right, high, _] = numbers[..] else { panic!("{cell}") };
                if (left..right).contains(&x) && (top..top + high).contains(&y) {
                    found = Some(path.get("fill").to_string());
                }
            }
        }
        found
    }
}

/// Advances of Helvetica, thousandths: what most viewers show.
fn helvetica(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' => 0.222,
        'f' | 't' | 'I' | '.' | ',' | ':' | ';' | '!' | ' ' | '/' | '[' | ']' => 0.278,
        'r' | '(' | ')' | '-' => 0.333,
        's' | 'c' | 'k' | 'v' | 'x' | 'y' | 'z' => 0.5,
        'm' => 0.833,
        'w' => 0.722,
        'M' => 0.833,
        'W' => 0.944,
        '…' => 1.0,
        '+' | '−' | '<' | '>' => 0.584,
        'A'..='Z' => 0.69,
        _ => 0.556,
    }
}

/// The same picture with numbers rounded to two decimals, so that a last bit is no difference.
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut number = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_digit() || c == '.' {
            number.push(c);
            continue;
        }
        match number.parse::<f64>() {
            Ok(value) if number.contains('.') => out.push_str(&format!("{value:.2}")),
            _ => out.push_str(&number),
        }
        number.clear();
        out.push(c);
    }
    out
}
