//! Hostile archives, pickles and arrays: each is refused by a typed error or read, soon and in little memory; none runs
//! anything or brings the reader down.

use crate::allocation::peak;
use crate::bad_input::exercise;
use crate::cases;
use crate::formats;
use rnnscope::session::Session;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const SLOWEST: Duration = Duration::from_millis(100);
/// Beside some times the file: what an archive that grows may grow to, and its copy.
const MOST_BYTES: usize = 48 << 20;

/// What came of a file that a session opens, as the page does: the error's code, or none if it was read.
fn outcome(name: &str, bytes: &[u8]) -> Option<String> {
    let attempt = || {
        let start = Instant::now();
        let (found, bytes_held) = peak(|| {
            let read = catch_unwind(AssertUnwindSafe(|| Session::open(bytes.to_vec())));
            read.unwrap_or_else(|_| panic!("{name}: brought the reader down"))
        });
        (found.err(), bytes_held, start.elapsed())
    };
    // Others work on this machine too: the best of three counts.
    let (found, bytes_held, first) = attempt();
    let took = if first < SLOWEST { first } else { first.min(attempt().2).min(attempt().2) };
    assert!(took < SLOWEST, "{name}: {took:?}");
    assert!(bytes_held < MOST_BYTES + 30 * bytes.len(), "{name}: {bytes_held} bytes for {} bytes", bytes.len());
    let error = found?;
    assert!(error.to_string().len() > 10 && error.remedy().len() > 10, "{name}: {error} / {}", error.remedy());
    Some(error.code().to_string())
}

/// The same; what was read is also asked a few things.
fn asked(name: &str, bytes: &[u8]) -> Option<String> {
    let refused = outcome(name, bytes);
    if refused.is_none() {
        let mut session = Session::open(bytes.to_vec()).unwrap();
        let survived = catch_unwind(AssertUnwindSafe(|| exercise(&mut session)));
        assert!(survived.is_ok(), "{name}: brought the session down");
    }
    refused
}

#[track_caller]
fn refused(name: &str, bytes: &[u8]) {
    assert!(outcome(name, bytes).is_some(), "{name} was read");
}

/// Members, stored whole.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    archive_by(CompressionMethod::Stored, members)
}

fn archive_by(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The bytes of the first member of a real file.
fn members(file: &str) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(formats::file(file))).unwrap();
    let mut found = BTreeMap::new();
    for k in 0..archive.len() {
        let mut member = archive.by_index(k).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut member, &mut bytes).unwrap();
        found.insert(member.name().unwrap().into_owned(), bytes);
    }
    found
}

/// A real file with some of its members replaced.
fn changed(file: &str, change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Vec<u8> {
    let mut members = members(file);
    change(&mut members);
    archive(&members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect::<Vec<_>>())
}

/// A PyTorch file with this pickle and one storage of 64 bytes.
fn pickled(pickle: &[u8]) -> Vec<u8> {
    archive(&[("a/data.pkl", pickle), ("a/data/0", &[0; 64])])
}

const FILES: [&str; 5] = ["lstm.zip.pt", "rnn.legacy.pt", "gru_words.npz", "compressed.npz", "cell.safetensors"];

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in FILES {
        let whole = formats::file(name);
        assert_eq!(asked(name, &whole), None);
        for end in 0..whole.len() {
            refused(&format!("{name} cut after {end} bytes"), &whole[..end]);
        }
    }
}

/// Bits of what is structure rather than weights: of small files all of it.
#[test]
fn no_flipped_bit_brings_a_reader_down() {
    let mut flipped = 0;
    for name in FILES {
        let whole = formats::file(name);
        let numbers = if name.ends_with("safetensors") {
            8 + u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize
        } else {
            whole.len()
        };
        for bit in 0..numbers * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // A flipped weight is a weight; what matters is that nothing falls over.
            outcome(&format!("{name} with bit {bit} flipped"), &bytes);
            flipped += 1;
        }
    }
    assert!(flipped > 10_000, "{flipped} files");
}

/// PROTO 2 … STOP.
fn pickle(body: &[&[u8]]) -> Vec<u8> {
    [&[0x80, 2], body.concat().as_slice(), b"."].concat()
}

/// BINUNICODE.
fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

/// BININT.
fn int(value: i32) -> Vec<u8> {
    [b"J".as_slice(), &value.to_le_bytes()].concat()
}

fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".as_slice(), &items.concat(), b"t"].concat()
}

/// A tensor of `_rebuild_tensor_v2`.
fn tensor(class: &str, key: &str, count: Vec<u8>, offset: Vec<u8>, shape: &[Vec<u8>], strides: &[Vec<u8>]) -> Vec<u8> {
    let storage =
        [tuple(&[text("storage"), global("torch", class), text(key), text("cpu"), count]), b"Q".to_vec()].concat();
    let none = global("collections", "OrderedDict");
    let empty = [none, b")R".to_vec()].concat();
    let arguments = tuple(&[storage, offset, tuple(shape), tuple(strides), b"\x89".to_vec(), empty]);
    [global("torch._utils", "_rebuild_tensor_v2"), arguments, b"R".to_vec()].concat()
}

/// A dictionary with one tensor.
fn dictionary(name: &str, tensor: &[u8]) -> Vec<u8> {
    pickle(&[b"}", &text(name), tensor, b"s"])
}

#[test]
fn hostile_pickles_are_refused() {
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, pickle: Vec<u8>| cases.push((name.to_string(), pickle));
    for (module, name) in [
        ("os", "system"),
        ("posix", "system"),
        ("nt", "system"),
        ("builtins", "eval"),
        ("builtins", "exec"),
        ("builtins", "getattr"),
        ("builtins", "__import__"),
        ("__builtin__", "apply"),
        ("subprocess", "Popen"),
        ("subprocess", "check_output"),
        ("runpy", "run_module"),
        ("importlib", "import_module"),
        ("socket", "socket"),
        ("torch", "load"),
        ("torch.hub", "load"),
        ("torch.jit", "load"),
        ("torch.storage", "_load_from_bytes"),
        ("torch._utils", "_rebuild_sparse_tensor"),
        ("torch._utils", "_rebuild_device_tensor_from_numpy"),
        ("torch.nn.modules.rnn", "LSTM"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy", "load"),
        ("pickle", "loads"),
        ("dill._dill", "_create_code"),
        ("cloudpickle", "loads"),
        ("joblib", "load"),
        ("collections", "OrderedDict.__reduce__"),
        ("torch", "FloatStorage\u{0}"),
        ("", ""),
        ("torch", "_utils._rebuild_tensor_v2"),
    ] {
        add(&format!("calls {module}.{name}"), pickle(&[&global(module, name), b"(", &text("id"), b"tR"]));
        add(
            &format!("calls {module}.{name} by STACK_GLOBAL"),
            pickle(&[&text(module), &text(name), b"\x93(", &text("id"), b"tR"]),
        );
    }
    for (name, opcode) in [
        ("INST", b"(ios\nsystem\n".as_slice()),
        ("OBJ", b"(cos\nsystem\no"),
        ("NEWOBJ", b")\x81"),
        ("NEWOBJ_EX", b")}\x92"),
        ("EXT1", b"\x82\x01"),
        ("EXT2", b"\x83\x01\x00"),
        ("EXT4", b"\x84\x01\x00\x00\x00"),
        ("PERSID", b"Pos\n"),
        ("BUILD of nothing", b"b"),
        ("BUILD of a list", b"]}b"),
        ("REDUCE of a text", b"(X\x02\x00\x00\x00os)R"),
        ("REDUCE of nothing", b"R"),
        ("an opcode that does not exist", b"\xff"),
        ("NEXT_BUFFER", b"\x97"),
        ("READONLY_BUFFER", b"\x98"),
        ("BYTEARRAY8", b"\x96\xff\xff\xff\xff\xff\xff\xff\x7f"),
        ("POP of nothing", b"0"),
        ("POP below a mark", b"](0"),
        ("TUPLE without a mark", b"t"),
        ("TUPLE3 of one", b"]\x87"),
        ("APPEND to nothing", b"]a"),
        ("APPENDS to a text", b"X\x00\x00\x00\x00(]e"),
        ("SETITEM of nothing", b"}s"),
        ("SETITEMS of an odd number", b"}(]u"),
        ("SETITEM of a list", b"]]]s"),
        ("GET of nothing", b"h\x07"),
        ("LONG_GET of nothing", b"j\xff\xff\xff\xff"),
        ("PUT of nothing", b"q\x00"),
        ("MEMOIZE of nothing", b"\x94"),
        ("a text beyond the file", b"X\xff\xff\xff\xff"),
        ("a text of 2^63 bytes", b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"),
        ("bytes beyond the file", b"B\xff\xff\xff\xff"),
        ("a text that is not UTF-8", b"X\x02\x00\x00\x00\xff\xfe"),
        ("a number of 255 bytes", b"\x8a\xff"),
        ("LONG4", b"\x8b\x7f\xff\xff\xff"),
        ("a frame beyond the file", b"\x95\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("a global without its lines", b"cos"),
        ("STACK_GLOBAL of numbers", b"K\x01K\x02\x93"),
        ("DUP", b"2"),
        ("a float as text", b"F1.0\n"),
        ("an integer as text", b"I99\n"),
        ("a persistent reference to nothing", b"Q"),
        ("no root", b""),
        ("the whole is a number", b"K\x01"),
        ("the whole is a text", b"X\x01\x00\x00\x00a"),
        ("an empty dictionary", b"}"),
        ("an empty list", b"]"),
        ("a dictionary of numbers", b"}K\x01K\x02s"),
        ("a dictionary with itself in it", b"}q\x00X\x01\x00\x00\x00ah\x00s"),
        ("a list with itself in it", b"]q\x00h\x00a"),
    ] {
        add(name, pickle(&[opcode]));
    }
    add("does not end", vec![0x80, 2, b'}']);
    add("is empty", Vec::new());
    add("a million empty lists", pickle(&[&b"]0".repeat(1_000_001)]));
    add("a hundred thousand lists inside of each other", pickle(&[&b"]".repeat(100_000), &b"a".repeat(99_999)]));
    add("a hundred thousand marks", pickle(&[&b"(".repeat(100_000)]));
    add(
        "a hundred thousand dictionaries inside of each other",
        pickle(&[&b"}K\x01".repeat(100_000), b"}", &b"s".repeat(100_000)]),
    );
    // What is remembered twice doubles each time when it is copied: here nothing is.
    let doubling: Vec<u8> = (0u8..60).flat_map(|k| [b'h', k, b'h', k, 0x86, b'q', k + 1]).collect();
    add("a tuple that doubles sixty times", pickle(&[b"]q\x00", &doubling]));
    let name = "rnn.weight_ih_l0";
    let plain = |count: i32, offset: i32, shape: &[i32], strides: &[i32]| {
        let ints = |list: &[i32]| list.iter().map(|n| int(*n)).collect::<Vec<_>>();
        dictionary(name, &tensor("FloatStorage", "0", int(count), int(offset), &ints(shape), &ints(strides)))
    };
    for (what, pickle) in [
        ("a negative count", plain(-1, 0, &[4, 4], &[4, 1])),
        ("more numbers than bytes", plain(17, 0, &[4, 4], &[4, 1])),
        ("2^31 numbers", plain(i32::MAX, 0, &[4, 4], &[4, 1])),
        ("a negative offset", plain(16, -1, &[4, 4], &[4, 1])),
        ("an offset beyond", plain(16, 17, &[4, 4], &[4, 1])),
        ("an offset that leaves too little", plain(16, 1, &[4, 4], &[4, 1])),
        ("a negative dimension", plain(16, 0, &[-4, 4], &[4, 1])),
        ("a huge shape", plain(16, 0, &[i32::MAX, i32::MAX], &[4, 1])),
        ("a shape that overflows", plain(16, 0, &[i32::MAX; 8], &[1; 8])),
        ("nine dimensions", plain(16, 0, &[1; 9], &[1; 9])),
        ("a huge stride", plain(16, 0, &[4, 4], &[i32::MAX, 1])),
        ("a negative stride", plain(16, 0, &[4, 4], &[-4, 1])),
        ("fewer strides than dimensions", plain(16, 0, &[4, 4], &[1])),
        ("one number repeated 2^28 times by stride 0", plain(16, 0, &[1 << 14, 1 << 14], &[0, 0])),
        ("no numbers at all", plain(16, 0, &[0, 4], &[4, 1])),
        (
            "a missing storage",
            dictionary(name, &tensor("FloatStorage", "9", int(16), int(0), &[int(4), int(4)], &[int(4), int(1)])),
        ),
        (
            "a storage outside of the archive",
            dictionary(
                name,
                &tensor("FloatStorage", "../../data.pkl", int(16), int(0), &[int(4), int(4)], &[int(4), int(1)]),
            ),
        ),
        (
            "a storage of complex numbers",
            dictionary(name, &tensor("ComplexFloatStorage", "0", int(8), int(0), &[int(4)], &[int(1)])),
        ),
        ("a shape of texts", dictionary(name, &tensor("FloatStorage", "0", int(16), int(0), &[text("4")], &[int(1)]))),
        (
            "a count that is a text",
            dictionary(name, &tensor("FloatStorage", "0", text("16"), int(0), &[int(4)], &[int(1)])),
        ),
        (
            "a tensor without arguments",
            dictionary(name, &[global("torch._utils", "_rebuild_tensor_v2"), b")R".to_vec()].concat()),
        ),
        (
            "a parameter of itself",
            dictionary(
                name,
                &[global("torch._utils", "_rebuild_parameter"), tuple(&[b"}".to_vec()]), b"R".to_vec()].concat(),
            ),
        ),
        (
            "a name of a megabyte",
            dictionary(
                &"x".repeat(1 << 20),
                &tensor("FloatStorage", "0", int(16), int(0), &[int(4), int(4)], &[int(4), int(1)]),
            ),
        ),
        (
            "a layer number of twenty digits",
            dictionary(
                "rnn.weight_ih_l99999999999999999999",
                &tensor("FloatStorage", "0", int(16), int(0), &[int(4), int(4)], &[int(4), int(1)]),
            ),
        ),
        (
            "layer 4294967295 alone",
            dictionary(
                "rnn.weight_ih_l4294967295",
                &tensor("FloatStorage", "0", int(16), int(0), &[int(4), int(4)], &[int(4), int(1)]),
            ),
        ),
    ] {
        cases.push((what.to_string(), pickle));
    }
    assert!(cases.len() >= 140, "{} pickles", cases.len());
    for (name, pickle) in &cases {
        refused(name, &pickled(pickle));
        // The same pickle as the dictionary of a file from before PyTorch 1.6.
        let head = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];
        let legacy = [&head[..], b"\x80\x02M\xe9\x03.", b"\x80\x02}.", pickle, b"\x80\x02]."].concat();
        refused(&format!("{name}, legacy"), &legacy);
    }
}

#[test]
fn hostile_archives_are_refused() {
    let whole = formats::file("lstm.zip.pt");
    let end = whole.len() - 22;
    let patched = |at: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let directory = u32::from_le_bytes(*whole[end + 16..].first_chunk().unwrap()) as usize;
    let zeros = vec![0u8; 64 << 20];
    let many: Vec<(String, Vec<u8>)> = (0..9000).map(|k| (format!("a/data/{k}"), Vec::new())).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("an archive that is only an end", whole[end..].to_vec()),
        ("an archive without a directory", whole[..directory].to_vec()),
        ("65535 members announced", patched(end + 8, &[0xff; 4])),
        ("no members announced", patched(end + 8, &[0; 4])),
        ("a directory beyond the file", patched(end + 16, &[0xf0, 0xff, 0xff, 0x7f])),
        ("a directory in itself", patched(end + 16, &(end as u32).to_le_bytes())),
        ("a directory at the start", patched(end + 16, &[0; 4])),
        ("a directory of 4 GB", patched(end + 12, &[0xf0, 0xff, 0xff, 0xff])),
        ("an encrypted member", patched(directory + 8, &[1])),
        ("compression 99", patched(directory + 10, &[99])),
        ("a wrong checksum", patched(directory + 16, &[0xde, 0xad, 0xbe, 0xef])),
        ("a member larger than its bytes", patched(directory + 24, &[0xff, 0xff, 0xff, 0])),
        ("a member of 4 GB", patched(directory + 20, &[0xf0, 0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0xff])),
        ("a member that lies beyond the file", patched(directory + 42, &[0xf0, 0xff, 0xff, 0x7f])),
        ("a member that lies in the directory", patched(directory + 42, &(directory as u32).to_le_bytes())),
        ("a bomb of 64 MB in one member", archive_by(CompressionMethod::Deflated, &[("a/data.pkl", &zeros)])),
        ("a bomb of 64 MB as an array", archive_by(CompressionMethod::Deflated, &[("rnn.weight_ih_l0.npy", &zeros)])),
        (
            "9000 members",
            archive(
                &many
                    .iter()
                    .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
                    .chain([("a/data.pkl", b"\x80\x02}.".as_slice())])
                    .collect::<Vec<_>>(),
            ),
        ),
        ("a name of 600 bytes", archive(&[("a/data.pkl", b"\x80\x02}."), ("x".repeat(600).as_str(), b"")])),
        ("an archive in an archive", archive(&[("a/data.pkl", &whole)])),
        (
            "a TorchScript program",
            changed("lstm.zip.pt", |members| {
                let folder = members.keys().next().unwrap().split('/').next().unwrap().to_string();
                members.insert(format!("{folder}/constants.pkl"), b"\x80\x02).".to_vec());
            }),
        ),
        ("no storages", changed("lstm.zip.pt", |members| members.retain(|name, _| !name.contains("/data/")))),
        (
            "empty storages",
            changed("lstm.zip.pt", |members| {
                members.iter_mut().filter(|(name, _)| name.contains("/data/")).for_each(|(_, bytes)| bytes.clear())
            }),
        ),
        (
            "storages of NaN",
            changed("lstm.zip.pt", |members| {
                members.iter_mut().filter(|(name, _)| name.contains("/data/")).for_each(|(_, bytes)| bytes.fill(0xff))
            }),
        ),
        ("an archive of nothing", archive(&[])),
        ("an archive of a text", archive(&[("readme.txt", b"weights")])),
        (
            "an archive of a picture and an array",
            archive(&[("rnn.weight_ih_l0.npy", b"\x89PNG"), ("x.png", b"\x89PNG")]),
        ),
    ];
    // The crate finds its way by the members themselves where the directory's own count is wrong.
    const READ: [&str; 2] = ["65535 members announced", "a directory of 4 GB"];
    for (name, bytes) in &cases {
        assert_eq!(outcome(name, bytes).is_none(), READ.contains(name), "{name}");
    }
}

/// `.npy`, version 1.
fn array(header: &str, data: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn hostile_arrays_are_refused() {
    let data = [0u8; 64];
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 4), }";
    let with = |from: &str, to: &str| array(&good.replace(from, to), &data);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("only the magic", b"\x93NUMPY".to_vec()),
        ("version 9", [b"\x93NUMPY\x09\x00".as_slice(), &array(good, &data)[8..]].concat()),
        ("a header of 65535 bytes", [b"\x93NUMPY\x01\x00\xff\xff".as_slice(), good.as_bytes()].concat()),
        ("a header of 4 GB", [b"\x93NUMPY\x02\x00\xff\xff\xff\xff".as_slice(), good.as_bytes()].concat()),
        ("a header that is not text", array("\u{0}\u{1}", &data)),
        ("a header that is code", array("__import__('os').system('id')", &data)),
        ("an open header", array("{'descr': '<f4'", &data)),
        ("no shape", array("{'descr': '<f4', 'fortran_order': False}", &data)),
        ("two shapes", array("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'shape': (2,)}", &data)),
        ("another key", array("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1}", &data)),
        ("Python objects", with("<f4", "|O")),
        ("a structure", with("'<f4'", "[('a', '<f4')]")),
        ("complex numbers", with("<f4", "<c8")),
        ("numbers of 16 bytes", with("<f4", "<f16")),
        ("texts", with("<f4", "<U4")),
        ("dates", with("<f4", "<M8[ns]")),
        ("an unknown byte order", with("<f4", "?f4")),
        ("a negative shape", with("(4, 4)", "(-4, 4)")),
        ("a shape of words", with("(4, 4)", "(four,)")),
        ("a shape of fractions", with("(4, 4)", "(1.5,)")),
        ("a huge shape", with("(4, 4)", "(4294967296, 4294967296)")),
        ("a shape that overflows", with("(4, 4)", "(18446744073709551615, 18446744073709551615)")),
        ("a number too large for a shape", with("(4, 4)", "(99999999999999999999999,)")),
        ("nine dimensions", with("(4, 4)", "(1,1,1,1,1,1,1,1,1)")),
        ("fewer bytes than numbers", with("(4, 4)", "(4, 5)")),
        ("neither order", with("False", "Maybe")),
        ("eight thousand brackets", array(&"(".repeat(8000), &data)),
        ("a tensor of no layer", array(good, &data)),
    ];
    for (name, bytes) in &cases {
        for member in ["rnn.weight_ih_l0.npy", "x.npy"] {
            refused(&format!("{name} as {member}"), &archive(&[(member, bytes)]));
            refused(
                &format!("{name} as {member}, deflated"),
                &archive_by(CompressionMethod::Deflated, &[(member, bytes)]),
            );
        }
    }
}

/// A file without metadata whose sample has no steps, or not as many numbers as it says.
#[test]
fn samples_that_say_nothing_are_refused() {
    let whole = rnnscope::import::read(formats::file("lstm.safetensors")).unwrap();
    let inputs = whole.metadata.layers[0].input;
    let with = |x: Vec<usize>, logits: Vec<usize>| {
        let mut tensors = cases::weights(&whole);
        for (name, shape) in [("example.0.x", x), ("example.0.logits", logits)] {
            let numbers = vec![0.5; shape.iter().product()];
            tensors.push((name.into(), shape, numbers));
        }
        formats::plain(&tensors)
    };
    let classes = whole.shape("fc.weight").unwrap()[0];
    assert_eq!(asked("a sample of three steps", &with(vec![3, inputs], vec![classes])), None);
    let error = Session::open(with(vec![0, inputs], vec![classes])).err().unwrap();
    assert_eq!((error.code(), error.place()), ("bad-file", "example.0.x"), "{error}");
    assert!(error.remedy().starts_with("Save a sample of at least one step"), "{}", error.remedy());
    for (x, logits) in [
        (vec![0, inputs], vec![0]),
        (vec![0, inputs], vec![0, classes]),
        (vec![0, 0], vec![classes]),
        (vec![0], vec![classes]),
        (vec![], vec![]),
        (vec![3, 0], vec![classes]),
        (vec![3, inputs + 1], vec![classes]),
        (vec![3, inputs], vec![0]),
        (vec![3, inputs], vec![]),
        (vec![3, inputs], vec![7 * classes]),
        (vec![1, 3, inputs], vec![1, classes]),
    ] {
        asked(&format!("a sample of shape {x:?} with logits {logits:?}"), &with(x.clone(), logits.clone()));
    }
}

#[test]
fn what_the_fuzzers_began_with_and_found_brings_nothing_down() {
    let mut replayed = 0;
    for reader in std::fs::read_dir("fuzz/corpus").unwrap() {
        for entry in std::fs::read_dir(reader.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            asked(&path.display().to_string(), &std::fs::read(&path).unwrap());
            replayed += 1;
        }
    }
    assert!(replayed >= 20, "{replayed} files");
}
