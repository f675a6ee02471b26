//! The wire format of protocol buffers, bounded: every length is proven before it is used, nothing is copied.
//!
//! Source: protobuf.dev/programming-guides/encoding; groups (wire types 3 and 4) are deprecated and refused.

use crate::{Error, Result};

/// What to do about a file that breaks off or contradicts itself.
pub const REMEDY: &str = "The file is damaged or cut off; export or download it again.";

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content<'a> {
    /// An integer of up to 64 bits.
    Varint(u64),
    /// Eight bytes.
    Fixed64([u8; 8]),
    /// A message, text, bytes, or packed numbers.
    Bytes(&'a [u8]),
    /// Four bytes.
    Fixed32([u8; 4]),
}

/// The fields of one message in the order of the file.
pub struct Fields<'a> {
    rest: &'a [u8],
    /// Name of the message, for errors.
    message: &'static str,
}

impl<'a> Fields<'a> {
    /// Of a message of that name.
    pub fn new(bytes: &'a [u8], message: &'static str) -> Fields<'a> {
        Fields { rest: bytes, message }
    }

    /// The next field: its number and content; none at the end.
    pub fn next(&mut self) -> Result<Option<(u64, Content<'a>)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let content = match tag & 7 {
            0 => Content::Varint(self.varint()?),
            1 => Content::Fixed64(self.fixed()?),
            2 => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Content::Bytes(self.take(length)?)
            }
            5 => Content::Fixed32(self.fixed()?),
            other => return Err(self.wrong(format!("wire type {other}, which protocol buffers no longer have"))),
        };
        Ok(Some((tag >> 3, content)))
    }

    fn varint(&mut self) -> Result<u64> {
        let (value, length) = varint(self.rest).ok_or_else(|| self.wrong("a number that breaks off".into()))?;
        self.take(length)?;
        Ok(value)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| self.wrong("a number that breaks off".into()))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.wrong(format!("{length} bytes are claimed and {} are left", self.rest.len())))?;
        self.rest = rest;
        Ok(taken)
    }

    fn wrong(&self, problem: String) -> Error {
        Error::file(self.message, problem, REMEDY)
    }
}

/// The number at the start and how many bytes it takes; at most ten.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (k, byte) in bytes.iter().take(10).enumerate() {
        let part = u64::from(byte & 127);
        // The tenth byte has room for one bit.
        value |= if k < 9 || part < 2 { part << (7 * k) } else { return None };
        if byte & 128 == 0 {
            return Some((value, k + 1));
        }
    }
    None
}

/// Numbers without tags between them, or a single one with its own.
pub fn varints(content: Content, to: &mut Vec<i64>) -> Result<()> {
    match content {
        Content::Varint(value) => to.push(value as i64),
        Content::Bytes(mut bytes) => {
            while !bytes.is_empty() {
                let (value, length) =
                    varint(bytes).ok_or_else(|| Error::file("packed numbers", "a number that breaks off", REMEDY))?;
                to.push(value as i64);
                bytes = bytes.get(length..).unwrap_or_default();
            }
        }
        _ => return Err(Error::file("packed numbers", "not whole numbers", REMEDY)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_order_and_what_breaks_off_is_refused() {
        let bytes = [8, 150, 1, 18, 2, 7, 9, 29, 0, 0, 128, 63, 33, 1, 0, 0, 0, 0, 0, 0, 0];
        let mut fields = Fields::new(&bytes, "Test");
        assert_eq!(fields.next().unwrap(), Some((1, Content::Varint(150))));
        assert_eq!(fields.next().unwrap(), Some((2, Content::Bytes(&[7, 9]))));
        assert_eq!(fields.next().unwrap(), Some((3, Content::Fixed32([0, 0, 128, 63]))));
        assert_eq!(fields.next().unwrap(), Some((4, Content::Fixed64([1, 0, 0, 0, 0, 0, 0, 0]))));
        assert_eq!(fields.next().unwrap(), None);
        for length in [1, 2, 4, 5, 6, 8, 11, 13, 20] {
            let mut fields = Fields::new(&bytes[..length], "Test");
            let error = std::iter::repeat_with(|| fields.next()).find_map(|field| field.err());
            assert_eq!(error.unwrap().place(), "Test", "cut at {length}");
        }
    }

    #[test]
    fn a_number_has_at_most_64_bits() {
        assert_eq!(varint(&[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]), Some((u64::MAX, 10)));
        assert_eq!(varint(&[255, 255, 255, 255, 255, 255, 255, 255, 255, 2]), None);
        let mut numbers = Vec::new();
        varints(Content::Bytes(&[1, 150, 1]), &mut numbers).unwrap();
        assert_eq!(numbers, [1, 150]);
        assert!(varints(Content::Bytes(&[150]), &mut numbers).is_err());
    }
}
