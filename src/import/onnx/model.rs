//! The messages of an ONNX file, as far as they are used. Source: onnx/onnx.proto, IR versions 3 to 13.

use super::protobuf::{Content, Fields, REMEDY, varints};
use crate::{Error, Result};

/// Graphs within graphs (branches of an If).
const DEEPEST: usize = 8;
const MOST_NODES: usize = 100_000;

/// A graph: nodes in topological order, constants, and what goes in and out.
#[derive(Debug, Default)]
pub struct Graph<'a> {
    pub nodes: Vec<Node<'a>>,
    pub initializers: Vec<TensorProto<'a>>,
    pub inputs: Vec<Info<'a>>,
    pub outputs: Vec<Info<'a>>,
}

/// An operation.
#[derive(Debug, Default)]
pub struct Node<'a> {
    /// May be empty.
    pub name: &'a str,
    pub op: &'a str,
    /// Empty or `ai.onnx` for the standard operations.
    pub domain: &'a str,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub attributes: Vec<Attribute<'a>>,
}

/// A named setting of a node.
#[derive(Debug, Default)]
pub struct Attribute<'a> {
    pub name: &'a str,
    pub float: Option<f32>,
    pub int: Option<i64>,
    pub text: Option<&'a str>,
    pub tensor: Option<TensorProto<'a>>,
    pub graph: Option<Graph<'a>>,
    pub floats: Vec<f32>,
    pub ints: Vec<i64>,
    pub texts: Vec<&'a str>,
}

/// A tensor as it stands in the file; `tensor.rs` decodes it.
#[derive(Debug, Default)]
pub struct TensorProto<'a> {
    pub name: &'a str,
    pub dims: Vec<i64>,
    pub kind: i64,
    pub raw: Option<&'a [u8]>,
    pub floats: Vec<f32>,
    pub doubles: Vec<f64>,
    /// `int32_data` (also halves and bytes) or `int64_data`.
    pub ints: Vec<i64>,
    /// In another file?
    pub external: bool,
}

/// An input or output: name, element type, dimensions (none = not fixed).
#[derive(Debug, Default)]
pub struct Info<'a> {
    pub name: &'a str,
    pub kind: i64,
    pub dims: Option<Vec<Option<i64>>>,
}

/// What the file says of itself.
#[derive(Debug, Default)]
pub struct Model<'a> {
    pub producer: &'a str,
    pub producer_version: &'a str,
    /// Of the standard operations.
    pub opset: i64,
    pub graph: Graph<'a>,
}

/// Reads the file.
pub fn model(bytes: &[u8]) -> Result<Model<'_>> {
    let mut model = Model::default();
    let mut graph = None;
    each(bytes, "ModelProto", |field, content| {
        match field {
            2 => model.producer = text(content)?,
            3 => model.producer_version = text(content)?,
            7 => graph = Some(read_graph(inside(content)?, 0)?),
            8 => {
                let (mut domain, mut version) = ("", 0);
                each(inside(content)?, "OperatorSetIdProto", |field, content| {
                    match field {
                        1 => domain = text(content)?,
                        2 => version = int(content)?,
                        _ => {}
                    }
                    Ok(())
                })?;
                if matches!(domain, "" | "ai.onnx") {
                    model.opset = version;
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    model.graph = graph.ok_or_else(|| Error::file("ModelProto.graph", "the file has no graph", REMEDY))?;
    Ok(model)
}

fn read_graph(bytes: &[u8], depth: usize) -> Result<Graph<'_>> {
    if depth >= DEEPEST {
        return Err(Error::file("GraphProto", format!("graphs within graphs, more than {DEEPEST} deep"), REMEDY));
    }
    let mut graph = Graph::default();
    each(bytes, "GraphProto", |field, content| {
        match field {
            1 if graph.nodes.len() >= MOST_NODES => {
                return Err(Error::file("GraphProto.node", format!("more than {MOST_NODES} nodes"), REMEDY));
            }
            1 => graph.nodes.push(node(inside(content)?, depth)?),
            5 => graph.initializers.push(tensor(inside(content)?)?),
            11 => graph.inputs.push(info(inside(content)?)?),
            12 => graph.outputs.push(info(inside(content)?)?),
            15 => {
                return Err(Error::unsupported("GraphProto", "sparse initializers", "dense ones"));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(graph)
}

fn node(bytes: &[u8], depth: usize) -> Result<Node<'_>> {
    let mut node = Node::default();
    each(bytes, "NodeProto", |field, content| {
        match field {
            1 => node.inputs.push(text(content)?),
            2 => node.outputs.push(text(content)?),
            3 => node.name = text(content)?,
            4 => node.op = text(content)?,
            5 => node.attributes.push(attribute(inside(content)?, depth)?),
            7 => node.domain = text(content)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(node)
}

fn attribute(bytes: &[u8], depth: usize) -> Result<Attribute<'_>> {
    let mut attribute = Attribute::default();
    each(bytes, "AttributeProto", |field, content| {
        match field {
            1 => attribute.name = text(content)?,
            2 => attribute.float = floats(content)?.first().copied(),
            3 => attribute.int = Some(int(content)?),
            4 => attribute.text = std::str::from_utf8(inside(content)?).ok(),
            5 => attribute.tensor = Some(tensor(inside(content)?)?),
            6 => attribute.graph = Some(read_graph(inside(content)?, depth + 1)?),
            7 => attribute.floats.extend(floats(content)?),
            8 => varints(content, &mut attribute.ints)?,
            9 => attribute.texts.push(text(content)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(attribute)
}

fn tensor(bytes: &[u8]) -> Result<TensorProto<'_>> {
    let mut tensor = TensorProto::default();
    each(bytes, "TensorProto", |field, content| {
        match field {
            1 => varints(content, &mut tensor.dims)?,
            2 => tensor.kind = int(content)?,
            4 => tensor.floats.extend(floats(content)?),
            5 | 7 => varints(content, &mut tensor.ints)?,
            8 => tensor.name = text(content)?,
            9 => tensor.raw = Some(inside(content)?),
            10 => match content {
                Content::Fixed64(bytes) => tensor.doubles.push(f64::from_le_bytes(bytes)),
                _ => tensor.doubles.extend(inside(content)?.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b))),
            },
            13 => tensor.external = true,
            14 => tensor.external |= int(content)? == 1,
            _ => {}
        }
        Ok(())
    })?;
    Ok(tensor)
}

/// ValueInfoProto → TypeProto → Tensor → TensorShapeProto → Dimension.
fn info(bytes: &[u8]) -> Result<Info<'_>> {
    let mut info = Info::default();
    let mut kind = None;
    each(bytes, "ValueInfoProto", |field, content| {
        match field {
            1 => info.name = text(content)?,
            2 => kind = Some(inside(content)?),
            _ => {}
        }
        Ok(())
    })?;
    each(kind.unwrap_or_default(), "TypeProto", |field, content| {
        if field != 1 {
            return Ok(());
        }
        each(inside(content)?, "TypeProto.Tensor", |field, content| {
            match field {
                1 => info.kind = int(content)?,
                2 => {
                    let mut dims = Vec::new();
                    each(inside(content)?, "TensorShapeProto", |field, content| {
                        if field == 1 {
                            let mut value = None;
                            each(inside(content)?, "TensorShapeProto.Dimension", |field, content| {
                                if field == 1 {
                                    value = Some(int(content)?).filter(|value| *value > 0);
                                }
                                Ok(())
                            })?;
                            dims.push(value);
                        }
                        Ok(())
                    })?;
                    info.dims = Some(dims);
                }
                _ => {}
            }
            Ok(())
        })
    })?;
    Ok(info)
}

/// Calls `read` for every field of a message.
fn each<'a>(
    bytes: &'a [u8],
    message: &'static str,
    mut read: impl FnMut(u64, Content<'a>) -> Result<()>,
) -> Result<()> {
    let mut fields = Fields::new(bytes, message);
    while let Some((field, content)) = fields.next()? {
        read(field, content)?;
    }
    Ok(())
}

fn inside(content: Content<'_>) -> Result<&[u8]> {
    match content {
        Content::Bytes(bytes) => Ok(bytes),
        _ => Err(Error::file("protocol buffer", "a number stands where bytes are due", REMEDY)),
    }
}

fn text(content: Content<'_>) -> Result<&str> {
    std::str::from_utf8(inside(content)?).map_err(|error| Error::file("protocol buffer", error.to_string(), REMEDY))
}

fn int(content: Content) -> Result<i64> {
    match content {
        Content::Varint(value) => Ok(value as i64),
        _ => Err(Error::file("protocol buffer", "bytes stand where a number is due", REMEDY)),
    }
}

fn floats(content: Content) -> Result<Vec<f32>> {
    match content {
        Content::Fixed32(bytes) => Ok(vec![f32::from_le_bytes(bytes)]),
        _ => Ok(inside(content)?.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
    }
}
