//! PyTorch state dictionaries, `torch.save(model.state_dict(), path)`: a zip archive of a pickle and the tensors' bytes,
//! or, before PyTorch 1.6, five pickles and the bytes one after the other.
//!
//! Source: torch/serialization.py, torch/_utils.py. Nothing of the file is run: see `pickle`.

use super::checkpoint::{Checkpoint, Storage, Tensor};
use super::pickle::{Id, Node, Pickle, REMEDY};
use super::{architecture, zip};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::Range;

const DATA: &str = "data.pkl";
/// PROTO 2, LONG1 of ten bytes: 0x1950a86a20f9469cfc6c.
const MAGIC: &[u8] = &[0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];

/// The names that a pickle may mention.
const GLOBALS: &[&str] = &[
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_parameter",
    "torch.Size",
    "torch.DoubleStorage",
    "torch.FloatStorage",
    "torch.HalfStorage",
    "torch.BFloat16Storage",
    "torch.CharStorage",
    "torch.IntStorage",
    "torch.LongStorage",
    "torch.ShortStorage",
    "torch.ByteStorage",
    "torch.BoolStorage",
];

/// How a storage class keeps its numbers, and their width; none for what weights are never kept in.
const STORAGES: &[(&str, Option<Storage>, usize)] = &[
    ("torch.DoubleStorage", Some(Storage::F64), 8),
    ("torch.FloatStorage", Some(Storage::F32), 4),
    ("torch.HalfStorage", Some(Storage::F16), 2),
    ("torch.BFloat16Storage", Some(Storage::Bf16), 2),
    ("torch.CharStorage", Some(Storage::I8), 1),
    ("torch.IntStorage", Some(Storage::I32), 4),
    ("torch.LongStorage", Some(Storage::I64), 8),
    ("torch.ShortStorage", None, 2),
    ("torch.ByteStorage", None, 1),
    ("torch.BoolStorage", None, 1),
];

/// Dictionaries inside of each other that are looked into, and how many entries in all.
const DEEPEST: usize = 4;
const MOST_ENTRIES: usize = 100_000;
const LONGEST_NAME: usize = 512;

/// An archive with a `data.pkl`.
pub fn sniff(bytes: &[u8]) -> bool {
    zip::holds(bytes, |name| name == DATA || name.ends_with("/data.pkl"))
}

/// Reads the archive.
pub fn read(bytes: Vec<u8>) -> Result<Checkpoint> {
    let archive = zip::open(bytes)?;
    let data = archive.members.iter().find(|(name, _)| *name == DATA || name.ends_with("/data.pkl"));
    let (name, range) = data.ok_or_else(|| Error::file("archive", "no data.pkl", REMEDY))?;
    let folder = &name[..name.len() - DATA.len()];
    let member = |name: &str| archive.members.get(&format!("{folder}{name}")).cloned();
    if member("constants.pkl").is_some() {
        return Err(Error::unsupported(
            name,
            "a TorchScript program",
            "a state dictionary: torch.save(model.state_dict(), path)",
        ));
    }
    let order = member("byteorder").map(|range| &archive.bytes[range]);
    let pickle = Pickle::read(&archive.bytes[..range.end], range.start, GLOBALS, name)?;
    let reader = Reader { pickle, big_endian: order == Some(b"big"), storage: &|key| member(&format!("data/{key}")) };
    let tensors = reader.tensors()?;
    architecture::checkpoint(archive.bytes, tensors, "PyTorch")
}

/// The magic number of the old format.
pub fn sniff_legacy(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads the old format: magic number, protocol, system, dictionary, keys, then length and bytes of each storage.
pub fn read_legacy(bytes: Vec<u8>) -> Result<Checkpoint> {
    let next = |at: usize, what: &str| Pickle::read(&bytes, at, GLOBALS, what);
    let protocol = next(MAGIC.len(), "protocol version")?;
    if protocol.node(protocol.root) != &Node::Int(1001) {
        return Err(Error::unsupported("protocol version", format!("{:?}", protocol.node(protocol.root)), "1001"));
    }
    let system = next(protocol.end, "system information")?;
    let dictionary = next(system.end, "state dictionary")?;
    let keys = next(dictionary.end, "storage keys")?;
    let widths = dictionary.nodes.iter().filter_map(|node| match node {
        Node::Persistent(id) => stored(&dictionary, *id).map(|(_, width, key, _)| (key, width)),
        _ => None,
    });
    let widths: BTreeMap<&str, usize> = widths.collect();
    let (mut storages, mut at) = (BTreeMap::new(), keys.end);
    for key in keys.items(keys.root).unwrap_or_default() {
        let place = || {
            let key = keys.text(*key)?;
            let count = usize::try_from(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()?;
            let from = at + 8;
            let to = from.checked_add(count.checked_mul(*widths.get(key)?)?)?;
            (to <= bytes.len()).then_some((key, from..to))
        };
        let (key, range) = place().ok_or_else(|| {
            Error::file(format!("byte {at}"), "the bytes of a storage are cut off or belong to no tensor", REMEDY)
        })?;
        at = range.end;
        storages.insert(key.to_string(), range);
    }
    let reader = Reader { pickle: dictionary, big_endian: false, storage: &|key| storages.get(key).cloned() };
    let tensors = reader.tensors()?;
    architecture::checkpoint(bytes, tensors, "PyTorch")
}

/// Kind, width, key and count of the storage that a persistent reference names.
fn stored<'a>(pickle: &Pickle<'a>, id: Id) -> Option<(Option<Storage>, usize, &'a str, usize)> {
    let [tag, class, key, _location, count, view @ ..] = pickle.items(id)? else { return None };
    // Very old files say here that a storage is a part of another one.
    if view.iter().any(|id| pickle.node(*id) != &Node::Other) {
        return None;
    }
    let Node::Global(class) = pickle.node(*class) else { return None };
    let (_, storage, width) = STORAGES.iter().find(|(name, ..)| name == class)?;
    (pickle.text(*tag)? == "storage").then_some((*storage, *width, pickle.text(*key)?, pickle.size(*count)?))
}

struct Reader<'a> {
    pickle: Pickle<'a>,
    big_endian: bool,
    /// Where the bytes of a storage lie.
    storage: &'a dyn Fn(&str) -> Option<Range<usize>>,
}

impl Reader<'_> {
    /// The tensors of the dictionary that holds recurrent weights, or else of the first that holds any.
    fn tensors(&self) -> Result<BTreeMap<String, Tensor>> {
        let (mut level, mut looked_at) = (vec![self.pickle.root], 0);
        let mut found = Vec::new();
        for _ in 0..DEEPEST {
            let mut below = Vec::new();
            for id in level {
                let Node::Dict(entries) = self.pickle.node(id) else { continue };
                looked_at += entries.len();
                if looked_at > MOST_ENTRIES {
                    return Err(Error::file("state dictionary", format!("more than {MOST_ENTRIES} entries"), REMEDY));
                }
                let named = |value: &Id| matches!(self.pickle.node(*value), Node::Call(name, _) if name.starts_with("torch._utils."));
                if entries.iter().any(|(_, value)| named(value)) {
                    found.push(entries);
                }
                below.extend(entries.iter().map(|(_, value)| *value));
            }
            level = below;
        }
        let recurrent = |entries: &&&Vec<(Id, Id)>| {
            entries
                .iter()
                .any(|(key, _)| self.pickle.text(*key).is_some_and(|name| super::names::recurrent(name).is_some()))
        };
        let chosen = found
            .iter()
            .find(recurrent)
            .or(found.first())
            .ok_or_else(|| Error::file("state dictionary", "no dictionary of tensors in it", REMEDY))?;
        let mut tensors = BTreeMap::new();
        for (key, value) in *chosen {
            let Some(name) = self.pickle.text(*key) else { continue };
            if name.len() > LONGEST_NAME {
                return Err(Error::file("state dictionary", format!("a tensor name has {} bytes", name.len()), REMEDY));
            }
            if let Some(tensor) = self.tensor(name, *value)? {
                tensors.insert(name.to_string(), tensor);
            }
        }
        Ok(tensors)
    }

    /// A view of a storage; none for masks and for what is no tensor.
    fn tensor(&self, name: &str, id: Id) -> Result<Option<Tensor>> {
        let wrong = |problem: &str| Error::file(name, problem, REMEDY);
        let Node::Call(function, arguments) = self.pickle.node(id) else { return Ok(None) };
        let arguments = self.pickle.items(*arguments).unwrap_or_default();
        if let ("torch._utils._rebuild_parameter", [inner, ..]) = (*function, arguments) {
            let wrapped = matches!(
                self.pickle.node(*inner),
                Node::Call("torch._utils._rebuild_tensor_v2" | "torch._utils._rebuild_tensor", _)
            );
            return if wrapped {
                self.tensor(name, *inner)
            } else {
                Err(wrong("a parameter of something else than a tensor"))
            };
        }
        let [storage, offset, shape, strides, ..] = arguments else {
            return Err(wrong("a tensor without storage, offset, shape and strides"));
        };
        let Node::Persistent(reference) = self.pickle.node(*storage) else {
            return Err(wrong("a tensor without a storage"));
        };
        let (kind, width, key, count) =
            stored(&self.pickle, *reference).ok_or_else(|| wrong("a storage of an unknown kind"))?;
        let Some(kind) = kind else { return Ok(None) };
        let view = (self.pickle.size(*offset), self.pickle.sizes(*shape), self.pickle.sizes(*strides));
        let (Some(offset), Some(shape), Some(strides)) = view else {
            return Err(wrong("offset, shape or strides are no whole numbers"));
        };
        let bytes = (self.storage)(key).ok_or_else(|| wrong(&format!("its storage, data/{key}, is missing")))?;
        if count.checked_mul(width).is_none_or(|length| length > bytes.len()) {
            return Err(wrong(&format!("its storage claims {count} numbers in {} bytes", bytes.len())));
        }
        let from = offset
            .checked_mul(width)
            .and_then(|offset| bytes.start.checked_add(offset))
            .filter(|from| *from <= bytes.end);
        let from = from.ok_or_else(|| wrong("it begins beyond its storage"))?;
        Tensor::new(name, kind, shape, Some(strides), self.big_endian, from..bytes.end).map(Some)
    }
}
