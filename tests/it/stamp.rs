//! `pkg` is committed, so that a clone shows the page without a toolchain: it must be what the sources say.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Every file under `folder`, hidden ones left out.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.file_name().unwrap().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            found.append(&mut files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `path` below the root, with forward slashes on every system.
pub fn relative(path: &Path) -> String {
    path.strip_prefix(ROOT).unwrap().to_string_lossy().replace('\\', "/")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same as `scripts/stamp.mjs`: the hash of the lines "sha256(content)  path\n", paths in byte order.
fn stamp() -> String {
    let root = Path::new(ROOT);
    let mut paths: Vec<String> = files(&root.join("src")).iter().map(|path| relative(path)).collect();
    paths.extend(["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].map(String::from));
    paths.sort();
    let lines = paths.iter().map(|path| format!("{}  {path}\n", sha256(&fs::read(root.join(path)).unwrap())));
    sha256(lines.collect::<String>().as_bytes())
}

#[test]
fn pkg_is_built_from_these_sources() {
    let recorded = fs::read_to_string(Path::new(ROOT).join("pkg/STAMP")).unwrap_or_default();
    assert_eq!(recorded.trim(), stamp(), "pkg is not built from these sources: run `make pkg` and commit pkg");
}

#[test]
fn pkg_tells_nothing_about_the_machine_that_built_it() {
    for path in files(&Path::new(ROOT).join("pkg")) {
        let bytes = fs::read(&path).unwrap();
        for trace in ["/home/", "/root/", "/Users/", ".cargo/registry"] {
            let found = bytes.windows(trace.len()).any(|window| window == trace.as_bytes());
            assert!(!found, "{} holds {trace}: build it with `make pkg`", relative(&path));
        }
    }
}
