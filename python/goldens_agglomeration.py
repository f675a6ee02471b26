"""Hierarchies by agglomerative contextual decomposition (after Singh, Murdoch & Yu 2019).

    python python/goldens_agglomeration.py --out tests/golden/attribution

Plain Python, from the scores of all contiguous phrases in `decomposition.json` (numpy, float64). Words are groups; of
all neighbouring groups A, B those two join for which |CD(A + B) - CD(the one of larger |CD|)| is largest, the first of
equals, until one group is left. The authors' package (acd 0.0.2, agg_1d.py) has the same criterion of one word joining
a group, but at every level takes all words above a percentile of it: its levels are fewer, and several join at once.
`joins`: [from, to) of every group that was made, in its order; `score`: its CD; `margin`: how much the next best
criterion was smaller, of all joins the least.
"""
import argparse, json


def joined(score, T):
    roots, joins, margin = [(t, t + 1) for t in range(T)], [], float("inf")

    def gain(k):
        (a, b), (_, c) = roots[k], roots[k + 1]
        stronger = max(score[a, b], score[b, c], key=abs)
        return abs(score[a, c] - stronger)

    while len(roots) > 1:
        gains = [gain(k) for k in range(len(roots) - 1)]
        k = gains.index(max(gains))
        margin = min([margin] + [gains[k] - g for n, g in enumerate(gains) if n != k])
        roots[k : k + 2] = [(roots[k][0], roots[k + 1][1])]
        joins.append(roots[k])
    return dict(joins=joins, score=[score[j] for j in joins], margin=margin)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    out = p.parse_args().out
    with open(f"{out}/decomposition.json") as file:
        given = json.load(file)
    with open(f"{out}/networks.json") as file:
        asked = json.load(file)["networks"]
    networks = {}
    for id, of in given["networks"].items():
        if "contextual" not in of:
            continue
        cd = of["contextual"]
        # What comes after the step that is asked for is in no group.
        T = asked[id]["step"] + 1
        networks[id] = {rule: joined({tuple(r): s for r, s in zip(cd["range"], cd[rule]["score"])}, T) for rule in ("symmetric", "authors")}
        print(id, {rule: found["joins"] for rule, found in networks[id].items()}, min(f["margin"] for f in networks[id].values()))
    about = dict(scores="decomposition.json", versions=given["about"]["versions"], seeds="none: nothing is drawn here", command="python python/goldens_agglomeration.py --out tests/golden/attribution")
    with open(f"{out}/agglomeration.json", "w") as file:
        json.dump(dict(about=about, networks=networks), file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
