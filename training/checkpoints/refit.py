"""A last layer for new targets, in closed form: where a run starts whose teacher has changed.

    python -m checkpoints.refit --checkpoint START.ckpt --cache CACHE --out OUT.ckpt

What the layers below have learned about voices stays; `fc` alone is solved anew by ridge regression
from the pooled statistics to the targets. The ridge is chosen on voices that were left out of it.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from data.augment import Augmenter
from data.crops import Crops
from networks.ecapa_tdnn import ECAPA_TDNN
from networks.features import EspnetMel

RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0)
BATCH = 32


@torch.no_grad()
def hear(network: ECAPA_TDNN, crops: Crops, augment: Augmenter,
         count: int, strength: float) -> tuple[Tensor, Tensor, Tensor]:
    """Pooled statistics (N, 1536), targets (N, 192) and classes (N) of crops of 2 and 3 s."""
    pooled: list[Tensor] = []
    handle = network.fc.register_forward_pre_hook(lambda _, inputs: pooled.append(inputs[0][:, :, 0]))
    front = EspnetMel()
    targets, labels = [], []
    for i in range(-(-count // BATCH)):
        waves, target, label = crops.batch(BATCH, 32_000 + 16_000 * (i % 2))
        network(front(augment(waves, strength)))
        targets.append(target)
        labels.append(label)
    handle.remove()
    return torch.cat(pooled), torch.cat(targets), torch.cat(labels)


def solve(x: Tensor, y: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """Weight (d, inputs) and bias (d) that bring x to y; `ridge` is relative to the mean variance of x."""
    mean_x, mean_y = x.mean(dim=0), y.mean(dim=0)
    x, y = (x - mean_x).double(), (y - mean_y).double()
    gram = x.T @ x
    gram += ridge * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    weight = torch.linalg.solve(gram, x.T @ y).T.float()
    return weight, mean_y - weight @ mean_x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--crops", type=int, default=4000)
    parser.add_argument("--strength", type=float, default=0.4, help="of the augmentation, 0 to 1")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    crops = Crops(options.cache, options.seed)
    augment = Augmenter(options.speech / "noise", options.speech / "rir", options.seed)
    state = torch.load(options.checkpoint, map_location="cpu")
    network = ECAPA_TDNN().eval()
    network.load_state_dict(state)
    x, y, labels = hear(network, crops, augment, options.crops, options.strength)
    out = labels % 5 == 0
    agreement = {}
    for ridge in RIDGES:
        weight, bias = solve(x[~out], y[~out], ridge)
        agreement[ridge] = float(F.cosine_similarity(x[out] @ weight.T + bias, y[out]).mean())
        print(f"ridge {ridge}: mean cosine {agreement[ridge]:.4f} on voices left out", flush=True)
    weight, bias = solve(x, y, max(agreement, key=agreement.get))
    # Only the direction counts, but an optimiser's steps have a size: weights as large as they were.
    size = state["fc.conv.weight"].square().mean().sqrt() / weight.square().mean().sqrt()
    state["fc.conv.weight"], state["fc.conv.bias"] = size * weight[:, :, None], size * bias
    torch.save(state, options.out)


if __name__ == "__main__":
    main()
