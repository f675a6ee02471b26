"""Reference numbers for the attribution methods, one file for each family.

    python python/goldens_attribution.py --out tests/golden/attribution [family ...]
    python python/goldens_gradients.py --out tests/golden/attribution        (one family alone)

Networks, inputs and questions are those of `attribution_networks.py`; every family checks its own axioms first.
"""
import argparse, importlib
import numpy as np, torch
import attribution_networks
from numbers_file import write

FAMILIES = ["gradients", "deeplift", "lrp", "decomposition", "shapley", "timeshap", "metrics"]


def about(**more):
    """What made the numbers."""
    return dict(versions=dict(torch=torch.__version__.split("+")[0], numpy=np.__version__) | {k: v for k, v in more.items() if k in LIBRARIES}) | {k: v for k, v in more.items() if k not in LIBRARIES}


LIBRARIES = ["captum", "shap", "scikit_learn", "timeshap"]


def run(family, content, out=None):
    """Writes `<family>.json` into the folder --out."""
    if out is None:
        p = argparse.ArgumentParser()
        p.add_argument("--out", required=True)
        out = p.parse_args().out
    attribution_networks.start()
    found = content()
    found["about"]["command"] = f"python python/goldens_{family}.py --out tests/golden/attribution"
    write(f"{out}/{family}.json", found)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("families", nargs="*", default=FAMILIES)
    a = p.parse_args()
    for family in a.families:
        run(family, importlib.import_module(f"goldens_{family}").content, a.out)


if __name__ == "__main__":
    main()
