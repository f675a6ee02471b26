//! A reader of Python pickles that can run nothing: it builds plain data and notes the calls that the pickle asks for.
//!
//! Opcodes and names of globals are allow-lists; all else is refused by its name. Strings stay where they are in the
//! file. Source: CPython, Lib/pickletools.py, protocols 2 to 5.

use crate::{Error, Result};
use std::collections::HashMap;
use std::ops::Range;

/// Most opcodes of one pickle.
const MOST_STEPS: usize = 1_000_000;
/// What to do about a pickle that is refused.
pub const REMEDY: &str = "Save the weights alone, torch.save(model.state_dict(), path), or use the Python package: rnnscope.export(model, path).";
/// An empty one is made when it is called for, since items are set on it later.
const ORDERED_DICT: &str = "collections.OrderedDict";

/// A place in [`Pickle::nodes`].
pub type Id = usize;

/// What a pickle is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// None, floats, byte strings and whatever else no reader asks for.
    Other,
    /// A whole number; also True and False.
    Int(i64),
    /// Where the text lies in the file.
    Text(Range<usize>),
    /// A tuple, a list or a set.
    Items(Vec<Id>),
    /// A dictionary, ordered or not.
    Dict(Vec<(Id, Id)>),
    /// A class or function of the allow-list.
    Global(&'static str),
    /// A call that was asked for and not made: what of, and its arguments.
    Call(&'static str, Id),
    /// A reference to bytes outside the pickle.
    Persistent(Id),
}

/// A pickle, read.
pub struct Pickle<'a> {
    bytes: &'a [u8],
    /// Everything that it holds.
    pub nodes: Vec<Node>,
    /// The whole.
    pub root: Id,
    /// Where the next byte after it stands.
    pub end: usize,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle that begins at `start`; `globals` are the names that it may mention, `place` is for errors.
    pub fn read(bytes: &'a [u8], start: usize, globals: &'static [&'static str], place: &str) -> Result<Pickle<'a>> {
        let pickle = Pickle { bytes, nodes: Vec::new(), root: 0, end: start };
        let mut machine = Machine { pickle, globals, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
        for _ in 0..MOST_STEPS {
            let at = machine.pickle.end;
            match machine.step() {
                Ok(true) => {}
                Ok(false) => return Ok(machine.pickle),
                Err(fault) => {
                    return Err(Error::file(format!("{place}, byte {}", at - start), fault.to_string(), REMEDY));
                }
            }
        }
        Err(Error::file(place, format!("more than {MOST_STEPS} steps"), REMEDY))
    }

    /// A node.
    pub fn node(&self, id: Id) -> &Node {
        self.nodes.get(id).unwrap_or(&Node::Other)
    }

    /// The text of a node.
    pub fn text(&self, id: Id) -> Option<&'a str> {
        match self.node(id) {
            Node::Text(range) => std::str::from_utf8(self.bytes.get(range.clone())?).ok(),
            _ => None,
        }
    }

    /// The items of a tuple or list.
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::Items(items) => Some(items),
            _ => None,
        }
    }

    /// A number that counts something.
    pub fn size(&self, id: Id) -> Option<usize> {
        match self.node(id) {
            Node::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    /// A tuple or list of such numbers.
    pub fn sizes(&self, id: Id) -> Option<Vec<usize>> {
        // torch.Size calls for a tuple.
        let id = match self.node(id) {
            Node::Call(_, arguments) => *self.items(*arguments)?.first()?,
            _ => id,
        };
        self.items(id)?.iter().map(|item| self.size(*item)).collect()
    }
}

/// Why a pickle is refused.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the pickle ends in the middle")]
    End,
    #[error("an operation finds nothing to work on, or something else than it needs")]
    Stack,
    #[error("names the Python object `{0}`, which a dictionary of weights has no need of; nothing of the file was run")]
    Global(String),
    #[error("opcode {0:#04x}{1} is not one that a dictionary of weights needs; nothing of the file was run")]
    Opcode(u8, &'static str),
    #[error("a text that is not UTF-8")]
    Text,
    #[error("a whole number of more than 64 bits")]
    Number,
}

/// The names of opcodes that can make or run objects.
const DANGEROUS: &[(u8, &str)] = &[
    (b'i', " (INST)"),
    (b'o', " (OBJ)"),
    (0x81, " (NEWOBJ)"),
    (0x92, " (NEWOBJ_EX)"),
    (0x82, " (EXT1)"),
    (0x83, " (EXT2)"),
    (0x84, " (EXT4)"),
];

struct Machine<'a> {
    pickle: Pickle<'a>,
    globals: &'static [&'static str],
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<usize, Id>,
}

type Step<T> = std::result::Result<T, Fault>;

impl Machine<'_> {
    /// Does one opcode; false when the pickle is complete.
    fn step(&mut self) -> Step<bool> {
        let opcode = self.take(1)?;
        match self.pickle.bytes[opcode.start] {
            // PROTO, FRAME
            0x80 => _ = self.take(1)?,
            0x95 => _ = self.take(8)?,
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            // NONE, BINFLOAT, NEWTRUE, NEWFALSE
            b'N' => self.push(Node::Other),
            b'G' => {
                self.take(8)?;
                self.push(Node::Other);
            }
            0x88 => self.push(Node::Int(1)),
            0x89 => self.push(Node::Int(0)),
            // BININT, BININT1, BININT2, LONG1
            b'J' => self.integer(4)?,
            b'K' => {
                let value = self.length(1)?;
                self.push(Node::Int(value as i64));
            }
            b'M' => {
                let value = self.length(2)?;
                self.push(Node::Int(value as i64));
            }
            0x8a => {
                let width = self.length(1)?;
                self.integer(width)?;
            }
            // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8, and Python 2's SHORT_BINSTRING, BINSTRING
            b'X' => self.words(4)?,
            0x8c => self.words(1)?,
            0x8d => self.words(8)?,
            b'U' => self.words(1)?,
            b'T' => self.words(4)?,
            // SHORT_BINBYTES, BINBYTES
            b'C' => self.skip(1)?,
            b'B' => self.skip(4)?,
            // EMPTY_TUPLE, EMPTY_LIST, EMPTY_SET, EMPTY_DICT
            b')' | b']' | 0x8f => self.push(Node::Items(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            // TUPLE1, TUPLE2, TUPLE3, TUPLE, LIST, FROZENSET
            opcode @ 0x85..=0x87 => {
                let from = self.stack.len().checked_sub(usize::from(opcode - 0x84)).ok_or(Fault::Stack)?;
                self.collect(from)?;
            }
            b't' | b'l' | 0x91 => {
                let from = self.marks.pop().ok_or(Fault::Stack)?;
                self.collect(from)?;
            }
            // APPEND, APPENDS, ADDITEMS
            b'a' => {
                let from = self.stack.len().checked_sub(1).ok_or(Fault::Stack)?;
                self.append(from)?;
            }
            b'e' | 0x90 => {
                let from = self.marks.pop().ok_or(Fault::Stack)?;
                self.append(from)?;
            }
            // SETITEM, SETITEMS, DICT
            b's' => {
                let from = self.stack.len().checked_sub(2).ok_or(Fault::Stack)?;
                self.set(from)?;
            }
            b'u' => {
                let from = self.marks.pop().ok_or(Fault::Stack)?;
                self.set(from)?;
            }
            // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            0x94 => drop(self.memo.insert(self.memo.len(), self.top()?)),
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(&module, &name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(module), Some(name)) = (self.pickle.text(module), self.pickle.text(name)) else {
                    return Err(Fault::Stack);
                };
                self.global(module, name)?;
            }
            // REDUCE, BUILD, BINPERSID
            b'R' => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let Node::Global(name) = *self.pickle.node(callable) else { return Err(Fault::Stack) };
                self.push(if name == ORDERED_DICT { Node::Dict(Vec::new()) } else { Node::Call(name, arguments) });
            }
            b'b' => {
                // The attributes of an ordered dictionary (`_metadata`) say nothing of the weights.
                self.pop()?;
                let Node::Dict(_) = self.pickle.node(self.top()?) else {
                    return Err(Fault::Opcode(b'b', " (BUILD) of something else than a dictionary"));
                };
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id));
            }
            b'.' => {
                self.pickle.root = self.pop()?;
                return Ok(false);
            }
            other => {
                return Err(Fault::Opcode(
                    other,
                    DANGEROUS.iter().find(|(opcode, _)| *opcode == other).map_or("", |(_, name)| name),
                ));
            }
        }
        Ok(true)
    }

    fn take(&mut self, length: usize) -> Step<Range<usize>> {
        let start = self.pickle.end;
        let end = start.checked_add(length).filter(|end| *end <= self.pickle.bytes.len()).ok_or(Fault::End)?;
        self.pickle.end = end;
        Ok(start..end)
    }

    /// An unsigned number of `width` bytes.
    fn length(&mut self, width: usize) -> Step<usize> {
        let range = self.take(width)?;
        let value = self.pickle.bytes[range].iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        usize::try_from(value).map_err(|_| Fault::Number)
    }

    /// A signed number of `width` bytes; longer ones only if they are none of our concern.
    fn integer(&mut self, width: usize) -> Step<()> {
        let range = self.take(width)?;
        let bytes = &self.pickle.bytes[range];
        let negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
        if width > 8 {
            // A seed, say: no size and no offset is as large.
            self.push(Node::Other);
            return Ok(());
        }
        let start = if negative { -1i64 } else { 0 };
        let value = bytes.iter().rev().fold(start, |value, byte| value << 8 | i64::from(*byte));
        self.push(Node::Int(value));
        Ok(())
    }

    fn words(&mut self, width: usize) -> Step<()> {
        let length = self.length(width)?;
        let range = self.take(length)?;
        std::str::from_utf8(&self.pickle.bytes[range.clone()]).map_err(|_| Fault::Text)?;
        self.push(Node::Text(range));
        Ok(())
    }

    fn skip(&mut self, width: usize) -> Step<()> {
        let length = self.length(width)?;
        self.take(length)?;
        self.push(Node::Other);
        Ok(())
    }

    fn line(&mut self) -> Step<String> {
        let rest = &self.pickle.bytes[self.pickle.end..];
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or(Fault::End)?;
        let range = self.take(length + 1)?;
        std::str::from_utf8(&self.pickle.bytes[range.start..range.end - 1]).map(str::to_string).map_err(|_| Fault::Text)
    }

    fn global(&mut self, module: &str, name: &str) -> Step<()> {
        let full = format!("{module}.{name}");
        let known = self.globals.iter().find(|known| **known == full);
        let shown = || full.chars().take(120).collect();
        self.push(Node::Global(known.ok_or_else(|| Fault::Global(shown()))?));
        Ok(())
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.pickle.nodes.len());
        self.pickle.nodes.push(node);
    }

    fn top(&self) -> Step<Id> {
        self.stack.last().copied().ok_or(Fault::Stack)
    }

    fn pop(&mut self) -> Step<Id> {
        // What stands below a mark belongs to whoever set it.
        if self.marks.last().is_some_and(|mark| self.stack.len() <= *mark) {
            return Err(Fault::Stack);
        }
        self.stack.pop().ok_or(Fault::Stack)
    }

    /// What stands on the stack from `from` on.
    fn split(&mut self, from: usize) -> Step<Vec<Id>> {
        if from > self.stack.len() || self.marks.last().is_some_and(|mark| from < *mark) {
            return Err(Fault::Stack);
        }
        Ok(self.stack.split_off(from))
    }

    fn collect(&mut self, from: usize) -> Step<()> {
        let items = self.split(from)?;
        self.push(Node::Items(items));
        Ok(())
    }

    fn append(&mut self, from: usize) -> Step<()> {
        let more = self.split(from)?;
        let list = self.top()?;
        match self.pickle.nodes.get_mut(list) {
            Some(Node::Items(items)) => items.extend(more),
            _ => return Err(Fault::Stack),
        }
        Ok(())
    }

    fn set(&mut self, from: usize) -> Step<()> {
        let more = self.split(from)?;
        let dictionary = self.top()?;
        let (pairs, odd) = more.as_chunks::<2>();
        match self.pickle.nodes.get_mut(dictionary) {
            Some(Node::Dict(entries)) if odd.is_empty() => {
                entries.extend(pairs.iter().map(|[key, value]| (*key, *value)))
            }
            _ => return Err(Fault::Stack),
        }
        Ok(())
    }

    fn remember(&mut self, width: usize) -> Step<()> {
        let (key, top) = (self.length(width)?, self.top()?);
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Step<()> {
        let key = self.length(width)?;
        self.stack.push(*self.memo.get(&key).ok_or(Fault::Stack)?);
        Ok(())
    }
}
