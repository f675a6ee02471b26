"""The record folders of PhysioNet Challenge 2012 become one array file for each set.

    # from https://physionet.org/content/challenge-2012/1.0.0/ (ODC-BY 1.0, free): set-a, set-b, set-c, Outcomes-*.txt
    python python/read_physionet2012.py --records DIR --out DATA

Reads DIR/set-{a,b,c}/<RecordID>.txt (`hh:mm,parameter,value`) and DIR/Outcomes-{a,b,c}.txt, writes DATA/p2012_{a,b,c}.npz:
X [N,48,37] raw values, the last of each hour, NaN where not measured; Y [N] in-hospital death; S [N,8] age, gender,
unused, coronary care, cardiac surgery, medical, surgical (0 or 1), unused. Negative values mean "missing".
These are records of patients: keep them out of the project.
"""
import argparse, csv, os
import numpy as np

HOURS = 48
VARIABLES = ("ALP ALT AST Albumin BUN Bilirubin Cholesterol Creatinine DiasABP FiO2 GCS Glucose HCO3 HCT HR K Lactate MAP MechVent Mg "
             "NIDiasABP NIMAP NISysABP Na PaCO2 PaO2 Platelets RespRate SaO2 SysABP Temp TroponinI TroponinT Urine WBC Weight pH").split()


def record(path):
    """-> x [48,37], statics [8]."""
    x, s = np.full((HOURS, len(VARIABLES)), np.nan, "f4"), np.zeros(8, "f4")
    column = {v: i for i, v in enumerate(VARIABLES)}
    with open(path) as f:
        for row in csv.DictReader(f):
            name, value, hour = row["Parameter"], float(row["Value"] or "nan"), int(row["Time"].split(":")[0])
            if name == "Age": s[0] = value
            elif name == "Gender": s[1] = value
            elif name == "ICUType" and 1 <= value <= 4: s[2 + int(value)] = 1
            elif name in column and value >= 0 and hour < HOURS: x[hour, column[name]] = value
    return x, s


def outcomes(path):
    """{record: in-hospital death}."""
    with open(path) as f:
        return {row["RecordID"].strip(): int(row["In-hospital_death"]) for row in csv.DictReader(f)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--records", required=True); p.add_argument("--out", required=True)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for name in "abc":
        death = outcomes(f"{a.records}/Outcomes-{name}.txt")
        ids = sorted(death, key=int)
        x, s = zip(*(record(f"{a.records}/set-{name}/{id}.txt") for id in ids))
        X = np.stack(x)
        np.savez_compressed(f"{a.out}/p2012_{name}.npz", X=X, S=np.stack(s), Y=np.array([death[id] for id in ids]))
        print(name, len(ids), "stays,", sum(death.values()), "deaths, measured %.1f %%" % (100 * (~np.isnan(X)).mean()))


if __name__ == "__main__":
    main()
