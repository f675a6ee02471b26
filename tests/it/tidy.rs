//! The walls between rooms, as tests: what `lib.rs` draws, the sources keep.

mod rust;

use crate::stamp::{files, relative};
use rnnscope::attribution::METHODS;
use rnnscope::metrics::METRICS;
use rust::{Source, exports};
use std::fs;
use std::path::Path;

/// The rooms in reading order, each with what it must never name above it. What stands below it, no room names.
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("math", &["error"]),
    ("import", &["math"]),
    ("input", &["math", "import"]),
    ("cell", &["import", "input"]),
    ("network", &["import"]),
    ("attribution", &["import"]),
    ("counterfactual", &["import", "input", "cell", "attribution"]),
    ("metrics", &["import"]),
    ("cohort", &["import"]),
    ("view", &["import"]),
    ("plot", &["import", "input", "cell", "network", "attribution", "counterfactual", "metrics", "cohort"]),
    ("session", &["plot"]),
    ("wasm", &[]),
];

/// Doors in those walls: whose types a room may name all the same, though none of its functions and formats. A network
/// is made of a Checkpoint and what that describes.
const DOORS: &[(&str, &str)] = &[("network", "import")];

/// Views are plain data; only the files that build them know what they are built from.
const VIEW_BUILDERS: &str = "src/view/build";
const VIEW_SEES: &[&str] = &["error", "math", "view"];

/// Crates, and the rooms that may say their names.
const CRATES: &[(&str, &[&str])] = &[
    ("JsValue", &["wasm"]),
    ("wasm_bindgen", &["wasm"]),
    ("serde_wasm_bindgen", &["wasm"]),
    ("js_sys", &["wasm"]),
    ("web_sys", &["wasm"]),
    ("plotters_canvas", &["wasm"]),
    ("plotters", &["plot", "wasm"]),
    ("plotters_backend", &["plot", "wasm"]),
];

/// Functions whose last bits differ between platforms. `math` has the ones that do not.
const INEXACT: &[&str] = &["exp", "exp2", "exp_m1", "ln", "ln_1p", "tanh"];

/// The wasm room converts and calls: formulae and colours belong elsewhere.
const NOT_AT_THE_BOUNDARY: &[&str] = &["sigmoid", "softmax", "RGBColor", "HSLColor"];

const LINES_OF_A_FILE: usize = 400;
const LINES_OF_LIB: usize = 80;

/// What is wrong with the Rust file at `path` (`src/…`). `exports` says which room a name of `lib.rs` comes from.
fn faults(path: &str, text: &str, exports: &[(String, String)]) -> Vec<String> {
    let source = Source::new(text);
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push("does not open with //!, which says what the file is for".to_string());
    }
    let limit = if path == "src/lib.rs" { LINES_OF_LIB } else { LINES_OF_A_FILE };
    if source.lines_before_tests > limit {
        faults.push(format!("has {} lines before its tests, more than {limit}", source.lines_before_tests));
    }
    let modules: Vec<&str> = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
    let room = modules[0];
    // Tests may set up what they test with anything.
    if room == "lib" || modules.last() == Some(&"tests") {
        return faults;
    }
    let Some(own) = ROOMS.iter().position(|(name, _)| *name == room) else {
        faults.push(format!("is in a room, {room}, that tests/it/tidy.rs does not know: say what it must never name"));
        return faults;
    };

    for named in source.paths(modules.iter().filter(|module| **module != "mod").count()) {
        // `crate::Network` is `crate::network::Network`.
        let exported = exports.iter().find(|(name, _)| *name == named[0]).map(|(_, room)| room);
        let full = exported.into_iter().chain(&named).map(String::as_str).collect::<Vec<_>>();
        let Some(other) = ROOMS.iter().position(|(name, _)| *name == full[0]) else { continue };
        let is_type = full.get(1).is_some_and(|name| name.starts_with(char::is_uppercase));
        let open = is_type && DOORS.contains(&(room, full[0]));
        let blind = room == "view" && !path.starts_with(VIEW_BUILDERS);
        let walled =
            other > own || ROOMS[own].1.contains(&ROOMS[other].0) || (blind && !VIEW_SEES.contains(&ROOMS[other].0));
        if walled && !open {
            faults.push(format!("names {}, which {room} must not", full.join("::")));
        }
    }
    for (word, rooms) in CRATES {
        if !rooms.contains(&room) && source.says(word) {
            faults.push(format!("names {word}, which only {} may", rooms.join(" and ")));
        }
    }
    for function in INEXACT {
        if room != "math" && source.calls_on_a_number(function) {
            faults.push(format!("calls {function}: crate::math has one with the same bits everywhere"));
        }
    }
    for word in NOT_AT_THE_BOUNDARY {
        if room == "wasm" && source.says(word) {
            faults.push(format!("says {word}: the boundary converts and calls, nothing else"));
        }
    }
    faults
}

/// What the page must not contain. It shows strangers' text and sends nothing anywhere.
const PAGE_NEVER: &[(&str, &str)] = &[
    ("innerHTML", "text of a model would be read as markup: use textContent"),
    ("outerHTML", "text of a model would be read as markup: use textContent"),
    ("insertAdjacentHTML", "text of a model would be read as markup: use textContent"),
    ("document.write", "text of a model would be read as markup: use textContent"),
    ("eval(", "needs unsafe-eval"),
    ("new Function(", "needs unsafe-eval"),
    ("sendBeacon", "nothing leaves the page"),
    ("XMLHttpRequest", "nothing leaves the page"),
    ("WebSocket", "nothing leaves the page"),
    ("EventSource", "nothing leaves the page"),
];

/// Addresses which are names, not places that a page loads from.
const NAMES: &[&str] = &["http://www.w3.org/"];

/// Of the page's own modules those that may touch the document and the window. The others move messages and decide; what they
/// show they hand to `dom.js`. Panels make elements.
const ELEMENTS: &[&str] = &["www/dom.js", "www/early.js", "www/main.js"];

/// What is wrong with a file of the page.
fn page_faults(path: &str, text: &str) -> Vec<String> {
    let text = without_comments(text);
    let mut faults = Vec::new();
    for (word, reason) in PAGE_NEVER {
        if text.contains(word) {
            faults.push(format!("says {word}: {reason}"));
        }
    }
    for (at, _) in text.match_indices("http://").chain(text.match_indices("https://")) {
        let address: String =
            text[at..].chars().take_while(|c| !c.is_whitespace() && !"\"'`<>)".contains(*c)).collect();
        // A link that a person follows is no load.
        let link = text[..at]
            .rfind('<')
            .is_some_and(|tag| text[tag..at].starts_with("<a ") && text[tag..at].ends_with("href=\""));
        if !link && !NAMES.iter().any(|name| address.starts_with(name)) {
            faults.push(format!("loads from {address}: everything is served from here"));
        }
    }
    let module = path.ends_with(".js") && path.matches('/').count() == 1;
    for word in ["document", "window"] {
        if module && !ELEMENTS.contains(&path) && says(&text, word) {
            faults.push(format!("says {word}: only {} may", ELEMENTS.join(", ")));
        }
    }
    let names = METHODS.iter().flat_map(|method| [method.id, method.label]);
    let names = names.chain(METRICS.iter().flat_map(|metric| [metric.id, metric.label]));
    for name in names.filter(|_| path.ends_with(".js")) {
        if ['"', '\'', '`'].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}"))) {
            faults.push(format!("names {name}: the page makes its menus from what the registries say"));
        }
    }
    faults
}

/// Whether a word stands in a text as a name of its own: no part of another, no property and no key.
fn says(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || "_$-".contains(c);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        before.is_none_or(|c| !part(c) && c != '.') && after.is_none_or(|c| !part(c) && c != ':')
    })
}

/// JavaScript, CSS or HTML without its comments. They begin a word: `"image/*"` and `"https://…"` begin none.
fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let begins = kept.chars().last().is_none_or(|last| last.is_whitespace() || ">;{},(".contains(last));
        let comment = [("/*", "*/"), ("<!--", "-->"), ("//", "\n")]
            .into_iter()
            .find(|(open, _)| begins && rest.starts_with(open));
        let length = comment.and_then(|(_, close)| rest.find(close).map(|at| at + close.len()));
        if length.is_none() {
            kept.push(c);
        } else {
            kept.push('\n');
        }
        rest = &rest[length.unwrap_or(c.len_utf8())..];
    }
    kept
}

/// Fails with every fault of every file under `folder` that ends in one of `endings`.
fn check(folder: &str, endings: &[&str], faults: impl Fn(&str, &str) -> Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut report = String::new();
    for path in files(&root.join(folder)) {
        if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            let name = relative(&path);
            for fault in faults(&name, &fs::read_to_string(&path).unwrap()) {
                report.push_str(&format!("{name} {fault}\n"));
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn rooms_keep_to_themselves() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let exports = exports(&lib);
    check("src", &[".rs"], |path, text| faults(path, text, &exports));
}

/// A wall around nothing keeps nothing apart.
#[test]
fn what_the_walls_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (room, never) in ROOMS {
        let there =
            [format!("src/{room}.rs"), format!("src/{room}/mod.rs")].iter().any(|path| root.join(path).is_file());
        assert!(there, "no room is called {room}");
        for other in *never {
            assert!(ROOMS.iter().any(|(name, _)| name == other), "{room} must not name {other}, which is no room");
        }
    }
    for file in ELEMENTS {
        assert!(root.join(file).is_file(), "there is no {file}");
    }
    assert!(root.join(VIEW_BUILDERS).is_dir() && root.join(format!("{VIEW_BUILDERS}.rs")).is_file());
}

#[test]
fn tests_say_what_they_are_for() {
    check("tests", &[".rs"], |_, text| {
        let opened = text.starts_with("//!");
        if opened { vec![] } else { vec!["does not open with //!, which says what the file is for".to_string()] }
    });
}

#[test]
fn the_page_loads_and_runs_nothing_foreign() {
    check("www", &[".html", ".js", ".mjs", ".css"], page_faults);
}

#[test]
fn a_planted_fault_is_found() {
    let exports = vec![("Trace".to_string(), "network".to_string()), ("Checkpoint".to_string(), "import".to_string())];
    let planted = [
        ("src/cell/lstm.rs", "use crate::attribution::Method;"),
        ("src/cell/lstm.rs", "use crate::{math, view};"),
        ("src/cell/lstm.rs", "fn f() { let x = crate::network::run(); }"),
        ("src/cell/mod.rs", "use super::{math::exp, plot::draw};"),
        ("src/network/forward.rs", "use super::super::cohort;"),
        ("src/network/mod.rs", "use crate::import::json;"),
        ("src/network/mod.rs", "use crate::import::{Checkpoint, json};"),
        ("src/attribution/lrp.rs", "use crate::Checkpoint;"),
        ("src/attribution/lrp.rs", "use crate::metrics::Claim;"),
        ("src/metrics/deletion.rs", "use crate::import::Checkpoint;"),
        ("src/metrics/deletion.rs", "use crate::view::Lines;"),
        ("src/input/text.rs", "use web_sys::console;"),
        ("src/view/heatmap.rs", "use crate::Trace;"),
        ("src/view/build.rs", "use plotters::prelude::*;"),
        ("src/plot/lines.rs", "use crate::network::Trace;"),
        ("src/wasm/draw.rs", "let red = RGBColor(255, 0, 0);"),
        ("src/cohort/average.rs", "let y = x.ln();"),
        ("src/cohort/average.rs", "let y = f64::exp(x);"),
        ("src/cohort/average.rs", "use crate::import::Checkpoint;"),
        ("src/cohort/average.rs", "use crate::view::Bars;"),
        ("src/plot/bars.rs", "use crate::cohort::Average;"),
        ("src/attic/old.rs", "fn f() {}"),
        ("src/error.rs", "use crate::math::exp;"),
    ];
    for (path, code) in planted {
        let found = faults(path, &format!("//! A file.\n{code}\n"), &exports);
        assert_eq!(found.len(), 1, "{path}: {code}: {found:?}");
    }
    assert_eq!(faults("src/math/mod.rs", "fn no_caption() {}", &[]).len(), 1);
    assert_eq!(faults("src/math/mod.rs", &format!("//! Long.\n{}", "\n".repeat(400)), &[]).len(), 1);
    assert_eq!(faults("src/lib.rs", &format!("//! Long.\n{}", "\n".repeat(80)), &[]).len(), 1);

    let page = [
        ("www/main.js", "host.innerHTML = name;"),
        ("www/main.js", "const f = eval(text);"),
        ("www/main.js", "fetch(\"https://example.org/model\");"),
        ("www/style.css", "@import url(http://example.org/a.css);"),
        ("www/index.html", "<script src=\"https://example.org/a.js\"></script>"),
        ("www/store.js", "document.title = 1;"),
        ("www/engine.js", "const { body } = document;"),
        ("www/judging.js", "const wide = window.innerWidth;"),
        ("www/a_new_module.js", "window.open(address);"),
        ("www/request.js", "const first = \"integrated-gradients\";"),
        ("www/panels/method.js", "if (id === 'lrp') return;"),
        ("www/panels/compare.js", "say(title, `Integrated gradients`);"),
        ("www/panels/truth.js", "const quick = [\"deletion\"];"),
        ("www/index.html", "<input accept=\"text/*\"><script>eval(x)</script> /* open"),
    ];
    for (path, text) in page {
        assert_eq!(page_faults(path, text).len(), 1, "{path}: {text}");
    }
}

#[test]
fn what_is_allowed_is_not_a_fault() {
    let exports = vec![("Checkpoint".to_string(), "import".to_string()), ("Trace".to_string(), "network".to_string())];
    let fine = [
        ("src/network/mod.rs", "use crate::Checkpoint;\nuse crate::import::Checkpoint as File;"),
        ("src/cell/lstm.rs", "use crate::math::{self, exp};\nfn f() { let plotted = exp(2.0); }"),
        ("src/cell/lstm.rs", "// crate::view is named in a comment, x.exp() too\n/* web_sys */"),
        ("src/cell/lstm.rs", "const S: &str = \"crate::view \\\" JsValue\"; const R: &str = r#\"use crate::plot;\"#;"),
        (
            "src/cell/lstm.rs",
            "fn f<'a>(x: &'a str) -> char { '\"' }\n#[cfg(test)]\nmod tests {\n    use crate::view::X;\n}",
        ),
        ("src/cell/tests.rs", "use crate::view::X;"),
        (
            "src/metrics/deletion.rs",
            "use crate::attribution::Attribution;\nuse crate::math::Random;\nuse crate::network::Forward;",
        ),
        ("src/view/build.rs", "use crate::{Trace, attribution::Attribution};"),
        ("src/view/build/lines.rs", "use crate::network::Trace;\nuse super::super::Lines;"),
        ("src/plot/mod.rs", "use plotters::prelude::*;\nuse crate::view::Lines;"),
        ("src/wasm/mod.rs", "use wasm_bindgen::prelude::*;\nuse crate::network::Network;"),
    ];
    for (path, code) in fine {
        let found = faults(path, &format!("//! A file.\n{code}\n"), &exports);
        assert!(found.is_empty(), "{path}: {code}: {found:?}");
    }
    let page = [
        ("www/main.js", "// see https://example.org\nconst SVG = \"http://www.w3.org/2000/svg\";"),
        ("www/index.html", "<!-- innerHTML --><a href=\"https://example.org/paper\">paper</a>"),
        ("www/dom.js", "document.title = name;"),
        ("www/panels/unit.js", "window.print(); document.body.append(part);"),
        ("www/store.js", "const windows = { window: 1 }; view.document(documents); // the document, \"lrp\"\n"),
        ("www/panels/unit.js", "slope.gradient = say(host, \"The gradient of one unit\");"),
    ];
    for (path, text) in page {
        let found = page_faults(path, text);
        assert!(found.is_empty(), "{path}: {text}: {found:?}");
    }
}
