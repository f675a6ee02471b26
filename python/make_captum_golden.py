"""What Captum says about the shipped networks, in float64, on input 0 of their goldens.

    python python/make_captum_golden.py --models www/models --golden tests/golden

The input is `0_ids` or `0_x` of `<id>.safetensors`. Tensors for each network `id`: `id.target` [] and, F64, with the zero baseline
`id.saliency` [T,I] (the signed gradient), `id.input_x_gradient`, `id.ig_gausslegendre_20`, `id.ig_riemann_middle_64` [T,I],
`id.ablation` [T] (FeatureAblation of each step). The networks are torch.nn modules that read embeddings, one-hot
characters or values, and answer with the logits of the last step.
"""
import argparse, json
import captum, torch
from captum.attr import FeatureAblation, InputXGradient, IntegratedGradients, Saliency
from safetensors.torch import load_file, save_file
import inputs, modelfile
from make_golden import versions
from modules import Network

IDS = ["sentiment_lstm", "icu_gru_1x64", "prose_gru_1x128"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--models", required=True); p.add_argument("--golden", required=True)
    a = p.parse_args()
    torch.set_num_threads(1); torch.set_default_dtype(torch.float64)
    out, hashes = {}, {}
    for id in IDS:
        about, stored = modelfile.read(f"{a.models}/{id}.safetensors")
        w, ours = modelfile.unpack(stored), load_file(f"{a.golden}/{id}.safetensors")
        net = Network(about, w, torch.float64).eval()
        answer = (lambda x: net(x)[0][:, -1]) if net.every_step else net
        x = (ours["0_x"] if "0_x" in ours else inputs.vectors(ours["0_ids"], about, w))[None]
        target, ig = int(ours["0_target"]), IntegratedGradients(answer)
        steps = torch.arange(x.shape[1]).view(1, -1, 1).expand_as(x)
        found = dict(
            saliency=Saliency(answer).attribute(x.clone().requires_grad_(), target, abs=False)[0],
            input_x_gradient=InputXGradient(answer).attribute(x.clone().requires_grad_(), target)[0],
            ig_gausslegendre_20=ig.attribute(x, 0, target, n_steps=20, method="gausslegendre")[0],
            ig_riemann_middle_64=ig.attribute(x, 0, target, n_steps=64, method="riemann_middle")[0],
            ablation=FeatureAblation(answer).attribute(x, 0, target, feature_mask=steps)[0, :, 0])
        for name, same in dict(saliency="grad", ig_riemann_middle_64="ig", ablation="occlusion").items():
            print(id, name, "differs from ours by %.0e" % (found[name] - ours[f"0_{same}"]).abs().max())
        out |= {f"{id}.{k}": v.detach().contiguous() for k, v in dict(found, target=torch.tensor(target)).items()}
        hashes[id] = about["sha256_of_weights"]
    about = dict(versions=versions() | dict(captum=captum.__version__), sha256_of_weights=hashes, command="python python/make_captum_golden.py --models www/models --golden tests/golden")
    save_file(out, f"{a.golden}/captum.safetensors", {"golden": json.dumps(about)})


if __name__ == "__main__":
    main()
