"""Simulated stays in intensive care, with planted drivers. No patient is behind them.

    python python/simulate_stays.py --models www/models

Each variable is a random walk that is pulled towards a course: the straight lines between (hour, value)
points of the stay's story, or a usual value where the story is silent. Charting is sparse, as in real
charts: vital signs about every hour, temperature every three to four, laboratory values every six to
twelve, blood gases only with an arterial line. What a story is about is named in its `note`; the network's
risk at the end is printed, and belongs to the weights, not to the story.

Walk, per hour: v += 0.3 * (course - v) + noise * N(0, 1). Seed: 2012 + number of the stay.
"""
import argparse, json
import numpy as np, torch
import inputs, modelfile, network

HOURS = 48
# name: (usual value, noise per hour, lowest, highest, decimals, chart: hours between measurements)
VARIABLES = dict(
    ALP=(80, 2, 20, 900, 0, 24), ALT=(35, 2, 5, 6000, 0, 24), AST=(40, 2, 8, 8000, 0, 24), Albumin=(3.1, 0.05, 1, 5, 1, 24), BUN=(18, 0.5, 3, 180, 0, 10),
    Bilirubin=(0.8, 0.05, 0.1, 40, 1, 24), Creatinine=(0.9, 0.03, 0.2, 15, 1, 10), DiasABP=(60, 3, 20, 120, 0, 1), FiO2=(0.5, 0.01, 0.21, 1, 2, 4), GCS=(15, 0.2, 3, 15, 0, 3),
    Glucose=(130, 8, 40, 600, 0, 6), HCO3=(24, 0.4, 5, 45, 0, 10), HCT=(31, 0.4, 15, 55, 1, 8), HR=(82, 3, 30, 190, 0, 1), K=(4.1, 0.08, 2, 9, 1, 8),
    Lactate=(1.5, 0.08, 0.3, 25, 1, 6), MAP=(80, 3, 25, 160, 0, 1), MechVent=(1, 0, 1, 1, 0, 4), Mg=(2.0, 0.04, 0.8, 5, 1, 10), Na=(139, 0.5, 110, 170, 0, 10),
    NIDiasABP=(60, 3, 20, 120, 0, 1), NIMAP=(79, 3, 25, 160, 1, 1), NISysABP=(120, 4, 45, 220, 0, 1), PaCO2=(39, 1, 15, 110, 0, 5), PaO2=(120, 10, 35, 500, 0, 5),
    Platelets=(200, 4, 5, 900, 0, 10), RespRate=(18, 1, 6, 50, 0, 1), SaO2=(97, 0.4, 60, 100, 0, 5), SysABP=(120, 4, 45, 230, 0, 1), Temp=(37.0, 0.08, 33, 41.5, 1, 3),
    TroponinT=(0.05, 0.005, 0.01, 25, 2, 12), Urine=(90, 25, 0, 900, 0, 1), WBC=(11, 0.4, 0.5, 80, 1, 10), Weight=(80, 0, 35, 200, 1, 2), pH=(7.39, 0.008, 6.8, 7.7, 2, 5))
CUFF = ["NISysABP", "NIDiasABP", "NIMAP"]
LINE = ["SysABP", "DiasABP", "MAP"]
GASES = ["PaCO2", "PaO2", "pH", "SaO2"]
BASIC = "BUN Creatinine GCS Glucose HCO3 HCT HR K Mg Na Platelets Temp Urine WBC Weight".split()
LIVER = "ALP ALT AST Bilirubin Albumin".split()


def pressure(points):
    """(hour, systolic) -> the courses of both sets of blood pressure."""
    dias, mean = [(t, 0.52 * s) for t, s in points], [(t, 0.68 * s) for t, s in points]
    return dict(SysABP=points, DiasABP=dias, MAP=mean, NISysABP=points, NIDiasABP=dias, NIMAP=mean)


# id, title, note, statics, what is charted, {variable: course}, hours on the ventilator
STAYS = [
    ("shock", "Septic shock, getting worse", "planted: lactate rises, blood pressure, urine and GCS fall, kidneys follow", dict(Age=78, Gender=1, ICUType=3),
     BASIC + LINE + GASES + LIVER + ["Lactate", "FiO2", "MechVent"],
     dict(Lactate=[(0, 2.4), (20, 4.5), (47, 11)], HR=[(0, 98), (47, 132)], Temp=[(0, 38.9), (30, 37), (47, 35.6)], WBC=[(0, 19), (47, 29)], Creatinine=[(0, 1.5), (47, 3.8)],
          BUN=[(0, 32), (47, 66)], Urine=[(0, 60), (24, 25), (47, 5)], GCS=[(0, 13), (14, 10), (30, 5), (47, 3)], HCO3=[(0, 20), (47, 11)], pH=[(0, 7.33), (47, 7.12)],
          Platelets=[(0, 150), (47, 55)], FiO2=[(0, 0.5), (47, 1)], PaO2=[(0, 95), (47, 62)], Bilirubin=[(0, 1.4), (47, 5)], Albumin=[(0, 2.3), (47, 1.9)]) | pressure([(0, 104), (24, 92), (47, 74)]), (14, 47)),
    ("turn", "Sepsis that turns", "planted: lactate falls and GCS rises from hour 18 on, off the ventilator at hour 36", dict(Age=61, Gender=0, ICUType=3),
     BASIC + LINE + GASES + ["Lactate", "FiO2", "MechVent"],
     dict(Lactate=[(0, 4.8), (18, 4.2), (30, 2), (47, 1.1)], HR=[(0, 118), (18, 112), (47, 80)], Temp=[(0, 39.2), (18, 38.6), (47, 37)], WBC=[(0, 21), (47, 12)], GCS=[(0, 7), (18, 7), (32, 12), (40, 15)],
          Urine=[(0, 25), (18, 40), (30, 120), (47, 140)], Creatinine=[(0, 1.9), (18, 1.9), (47, 1.1)], HCO3=[(0, 18), (47, 24)], pH=[(0, 7.28), (18, 7.31), (47, 7.41)], FiO2=[(0, 0.7), (18, 0.6), (36, 0.4)]) | pressure([(0, 92), (18, 96), (47, 124)]), (0, 35)),
    ("bypass", "Recovery after heart surgery", "planted: wakes and leaves the ventilator at hour 7, everything stays calm", dict(Age=66, Gender=1, ICUType=2),
     BASIC + LINE + GASES + ["Lactate", "FiO2", "MechVent"],
     dict(GCS=[(0, 3), (5, 3), (8, 14), (10, 15)], Temp=[(0, 35.6), (8, 37), (47, 37.1)], Glucose=[(0, 165), (12, 125)], Lactate=[(0, 2.2), (10, 1.3)], PaO2=[(0, 330), (7, 130), (47, 100)], FiO2=[(0, 0.9), (4, 0.5), (10, 0.4)],
          Urine=[(0, 240), (8, 120), (47, 80)], HCT=[(0, 27), (47, 30)], HR=[(0, 88), (47, 82)], BUN=[(0, 14), (47, 16)], Creatinine=[(0, 0.8), (47, 0.9)]) | pressure([(0, 108), (8, 116), (47, 122)]), (0, 6)),
    ("brain", "Brain haemorrhage, GCS falls", "planted: GCS falls from 14 to 3 between hours 16 and 30, sodium rises; the rest stays usual", dict(Age=74, Gender=0, ICUType=4),
     BASIC + CUFF + GASES + ["RespRate", "FiO2", "MechVent"],
     dict(GCS=[(0, 14), (16, 13), (22, 8), (30, 3), (47, 3)], Na=[(0, 140), (24, 143), (47, 154)], HR=[(0, 78), (24, 62), (47, 96)], Temp=[(0, 37), (47, 38.3)], Glucose=[(0, 150), (47, 190)]) | pressure([(0, 152), (22, 176), (47, 128)]), (22, 47)),
    ("kidney", "Kidney failure", "planted: urine dries up, creatinine, urea and potassium rise; awake throughout", dict(Age=69, Gender=1, ICUType=3),
     BASIC + CUFF + ["RespRate"],
     dict(Urine=[(0, 60), (16, 20), (30, 5), (47, 0)], Creatinine=[(0, 2.1), (47, 5.9)], BUN=[(0, 48), (47, 98)], K=[(0, 4.6), (47, 6.2)], HCO3=[(0, 19), (47, 14)], RespRate=[(0, 19), (47, 26)]) | pressure([(0, 126), (47, 112)]), None),
    ("heart", "Heart attack, stable", "planted: troponin rises and falls; everything else stays usual", dict(Age=58, Gender=1, ICUType=1),
     BASIC + CUFF + ["RespRate", "TroponinT"],
     dict(TroponinT=[(0, 0.4), (12, 4.5), (24, 3.6), (47, 1.5)], HR=[(0, 92), (12, 78), (47, 70)], Glucose=[(0, 145), (47, 115)], BUN=[(0, 15), (47, 15)]) | pressure([(0, 138), (12, 122), (47, 118)]), None),
]


def stay(number, static, charted, courses, ventilated):
    """CSV of one stay: statics, header, one row for each hour."""
    rng = np.random.RandomState(2012 + number)
    hours, columns = np.arange(HOURS), {}
    weight = round(float(rng.normal(82 if static["Gender"] else 70, 12)), 1)
    for name in sorted(charted, key=str.lower):
        usual, noise, low, high, decimals, every = VARIABLES[name]
        usual = weight if name == "Weight" else usual
        course = np.interp(hours, *zip(*courses[name])) if name in courses else np.full(HOURS, float(usual))
        value, cells, due = course[0] + 2 * noise * rng.randn(), [""] * HOURS, int(rng.randint(0, min(every, 4) + 1))
        for t in range(HOURS):
            value += 0.3 * (course[t] - value) + noise * rng.randn()
            value = min(max(value, low), high)
            present = name not in ("MechVent", "FiO2") or ventilated and ventilated[0] <= t <= ventilated[1]
            if t >= due and present and rng.rand() > 0.05:
                cells[t] = f"{value:.{decimals}f}"
                due = t + max(1, int(round(every * rng.uniform(0.7, 1.3))))
        columns[name] = cells
    lines = [f"# {k}={v}" for k, v in static.items()] + ["hour," + ",".join(columns)]
    return "\n".join(lines + [",".join([str(t), *(c[t] for c in columns.values())]) for t in range(HOURS)]) + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--models", required=True)
    a = p.parse_args()
    samples = []
    for number, (id, title, note, static, charted, courses, ventilated) in enumerate(STAYS):
        text = stay(number, static, charted, courses, ventilated)
        samples.append(dict(id=id, title=f"{title} (simulated)", kind="series", text=text, note=f"simulated; {note}"))
        for model in ("icu_gru_1x64", "icu_attention_lstm_1x64"):
            about, stored = modelfile.read(f"{a.models}/{model}.safetensors")
            x, w = inputs.series(text, about)[None], modelfile.unpack(stored)
            risk = [network.score(about, w, x[:, : t + 1], 0).sigmoid().item() for t in (11, 23, 35, 47)]
            print(id, model, "risk at hours 12, 24, 36, 48:", [round(r, 3) for r in risk], "measured %.2f" % x[0, :, 37:74].mean())
    with open(f"{a.models}/samples/icu.json", "w", encoding="utf-8") as f:
        json.dump(dict(version=1, source="simulated by python/simulate_stays.py, seeds 2012 to 2017; variables and units of PhysioNet Challenge 2012; no patient data",
                       licence="as the project", samples=samples), f, indent=1, ensure_ascii=False)
        f.write("\n")


if __name__ == "__main__":
    main()
