"""A checkpoint out of a model folder that `voiceprint convert` made, where the checkpoint itself is gone.

    python -m checkpoints.recover --model ../models/compact/model.onnx --cache CACHE --out start.ckpt

The converter folds every batch norm into the convolutions around it. What comes out here computes
the same: its norms undo themselves, with statistics taken over pieces of the cache, so that training
goes on from where it stood. For the ECAPA-TDNN of ecapa_tdnn.py only. Needs `pip install onnx`.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from data.cache import RATE, load
from networks.ecapa_tdnn import ECAPA_TDNN
from networks.features import EspnetMel


def constants(model: Path) -> dict[str, np.ndarray]:
    found = onnx.load(model).graph.initializer
    return {i.name.removesuffix(".half"): numpy_helper.to_array(i).astype(np.float32) for i in found}


def kernel(rows: np.ndarray, size: int) -> torch.Tensor:
    """(taps * inputs, outputs), tap by tap, to PyTorch's (outputs, inputs, taps)."""
    inputs = len(rows) // size
    return torch.from_numpy(rows.reshape(size, inputs, -1).transpose(2, 1, 0).copy())


def load_weights(network: ECAPA_TDNN, have: dict[str, np.ndarray]) -> None:
    """Every norm as the identity, but for the shifts that the graph adds by itself."""
    state = network.state_dict()
    for name in state:
        if "norm" in name and name.endswith("running_var"):
            state[name] = torch.full_like(state[name], 1 - 1e-5)
    for name in [n for n in state if n.endswith(".conv.weight")]:
        short = name.replace(".conv.weight", "")  # the converter's names have one `conv` less
        if short == "asp.tdnn.conv":
            rows = np.concatenate([have["asp.tdnn.local.weight" if "asp.tdnn.local.weight" in have else "asp.tdnn.local"],
                                   have["asp.tdnn.global"]])
            state[name] = kernel(rows, 1)
            state["asp.tdnn.conv.conv.bias"] = torch.from_numpy(have["asp.tdnn.bias"])
            continue
        state[name] = kernel(have[f"{short}.weight"], state[name].shape[2])
        bias = name.replace(".weight", ".bias")
        state[bias] = torch.from_numpy(have.get(f"{short}.bias", np.zeros(state[bias].shape, np.float32)))
    shifts = [have[n] for n in ("shift", "shift_1", "shift_2", "shift_3")]
    for block, shift in zip((1, 2, 3), shifts):
        shift = torch.from_numpy(shift)
        state[f"blocks.{block}.tdnn2.norm.norm.bias"] = shift
        # The graph's squeeze takes the shift into its bias, upstream's sees it in its input.
        squeeze = f"blocks.{block}.se_block.conv1.conv"
        state[f"{squeeze}.bias"] = state[f"{squeeze}.bias"] - state[f"{squeeze}.weight"][:, :, 0] @ shift
    state["asp.tdnn.norm.norm.bias"] = torch.from_numpy(shifts[3])
    network.load_state_dict(state)


@torch.no_grad()
def give_statistics(network: ECAPA_TDNN, features: list[torch.Tensor]) -> None:
    """Norms that undo themselves: the statistics of what they see, and scale and shift to match."""
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm1d)]
    sums = {norm: [0.0, 0.0, 0.0] for norm in norms}

    def look(norm: torch.nn.BatchNorm1d, inputs: tuple[torch.Tensor]) -> None:
        axes = [0, 2] if inputs[0].dim() == 3 else [0]
        count = inputs[0].numel() // inputs[0].shape[1]
        sums[norm][0] += count
        sums[norm][1] = sums[norm][1] + inputs[0].double().sum(dim=axes)
        sums[norm][2] = sums[norm][2] + inputs[0].double().square().sum(dim=axes)

    handles = [norm.register_forward_pre_hook(look) for norm in norms]
    for batch in features:
        network(batch)
    for handle in handles:
        handle.remove()
    for norm, (count, first, second) in sums.items():
        mean = first / count
        variance = (second / count - mean.square()).clamp(min=1e-4)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean.float())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pieces", type=int, default=600)
    options = parser.parse_args()
    network = ECAPA_TDNN().eval()
    load_weights(network, constants(options.model))
    samples, index = load(options.cache)
    random = np.random.default_rng(1)
    chosen = [p for p in index if p.copy == "1.0" and p.length >= 2 * RATE]
    front = EspnetMel()
    waves = [samples[p.start : p.start + 2 * RATE].astype(np.float32) / 32768
             for p in random.choice(np.array(chosen, dtype=object), options.pieces, replace=False)]
    features = [front(torch.from_numpy(np.stack(waves[i : i + 20]))) for i in range(0, len(waves), 20)]
    with torch.no_grad():
        before = network(features[0])
        give_statistics(network, features)
        after = network(features[0])
    print(f"largest change by the norms: {float((before - after).abs().max()):.2e} "
          f"of {float(before.abs().max()):.2f}")
    torch.save(network.state_dict(), options.out)
    np.save(options.out.with_suffix(".check.npy"), np.stack([features[0][0].numpy()]))


if __name__ == "__main__":
    main()
