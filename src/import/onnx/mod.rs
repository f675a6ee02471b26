//! ONNX files: a graph of operations is walked from its input to its output and becomes layers and a head.

mod model;
mod protobuf;
