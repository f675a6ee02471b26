//! Zip archives as PyTorch, NumPy and Keras write them: members stored whole or deflated.
//!
//! The crate reads the container; here are limits for a page, and members that are stored whole stay where they are.

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::Range;
use zip::{CompressionMethod, ZipArchive};

const MOST_MEMBERS: usize = 8192;
const LONGEST_NAME: usize = 512;
/// Deflated members may grow to this many times the file, or to this many bytes.
const LARGEST_GROWTH: u64 = 20;
const SMALL: u64 = 16 << 20;
const REMEDY: &str = "The archive is damaged or incomplete; download or save it again.";

/// An archive, unpacked.
pub struct Archive {
    /// The file, then the members that were deflated.
    pub bytes: Vec<u8>,
    /// Where the members lie in `bytes`.
    pub members: BTreeMap<String, Range<usize>>,
}

/// Does it look like an archive with such a member? Works on a damaged one too: by its first member.
pub fn holds(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> bool {
    let first = || {
        let length = u16::from_le_bytes(*bytes.get(26..28)?.first_chunk()?);
        std::str::from_utf8(bytes.get(30..30 + usize::from(length))?).ok()
    };
    let any = || {
        ZipArchive::new(Cursor::new(bytes))
            .is_ok_and(|archive| archive.file_names().flatten().any(|name| wanted(&name)))
    };
    bytes.starts_with(b"PK\x03\x04") && (first().is_some_and(&wanted) || any())
}

/// A member as the directory describes it.
struct Member {
    name: String,
    stored: bool,
    data: Range<usize>,
    size: usize,
}

/// Proves, unpacks and checks an archive.
pub fn open(bytes: Vec<u8>) -> Result<Archive> {
    let (members, unpacked) = unpack(&bytes)?;
    let mut archive = Archive { bytes, members: BTreeMap::new() };
    let mut at = archive.bytes.len();
    for Member { name, stored, data, size } in members {
        let range = if stored { data } else { at..at + size };
        at += if stored { 0 } else { size };
        if archive.members.insert(name.clone(), range).is_some() {
            return Err(Error::file(name, "the archive has two members of this name", REMEDY));
        }
    }
    archive.bytes.extend(unpacked);
    Ok(archive)
}

/// The members, and the bytes of those that were deflated, one after the other.
fn unpack(bytes: &[u8]) -> Result<(Vec<Member>, Vec<u8>)> {
    let wrong = |place: &str, problem: String| Error::file(place, problem, REMEDY);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| wrong("archive", error.to_string()))?;
    if archive.len() > MOST_MEMBERS {
        return Err(wrong("archive", format!("{} members; at most {MOST_MEMBERS} are read", archive.len())));
    }
    let most = (bytes.len() as u64).saturating_mul(LARGEST_GROWTH).max(SMALL);
    let (mut members, mut unpacked, mut total) = (Vec::new(), Vec::new(), 0u64);
    for k in 0..archive.len() {
        let mut member = archive.by_index(k).map_err(|error| wrong(&format!("member {}", k + 1), error.to_string()))?;
        let name = member.name().map_err(|error| wrong(&format!("member {}", k + 1), error.to_string()))?.into_owned();
        let size = member.size();
        if name.len() > LONGEST_NAME {
            return Err(wrong("archive", format!("a member's name has {} bytes", name.len())));
        }
        total = total.saturating_add(size);
        if total > most {
            let problem = format!("{} bytes would unpack to more than {most}", bytes.len());
            return Err(Error::file(
                name,
                problem,
                "Save the arrays uncompressed (np.savez, not np.savez_compressed).",
            ));
        }
        let start = member.data_start().ok_or_else(|| wrong(&name, "its bytes were not found".into()))?;
        let data = usize::try_from(start).ok().and_then(|start| {
            let end = start.checked_add(usize::try_from(member.compressed_size()).ok()?)?;
            (end <= bytes.len()).then_some(start..end)
        });
        let data = data.ok_or_else(|| wrong(&name, "its bytes lie outside the file".into()))?;
        let stored = member.compression() == CompressionMethod::Stored;
        if stored && data.len() as u64 != size {
            return Err(wrong(&name, format!("stored whole, {} bytes that claim to be {size}", data.len())));
        }
        // Reading to the end checks the sum, also of what stays where it is.
        let before = unpacked.len();
        let read = if stored {
            std::io::copy(&mut member, &mut std::io::sink())
        } else {
            member.by_ref().take(size.saturating_add(1)).read_to_end(&mut unpacked).map(|read| read as u64)
        };
        let read = read.map_err(|error| wrong(&name, error.to_string()))?;
        if read != size {
            return Err(wrong(&name, format!("{size} bytes announced, {read} found")));
        }
        debug_assert!(stored || unpacked.len() - before == size as usize);
        members.push(Member { name, stored, data, size: size as usize });
    }
    Ok((members, unpacked))
}
