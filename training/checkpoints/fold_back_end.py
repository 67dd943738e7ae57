"""Folds a linear back end into the last layer of a checkpoint: mean taken off, within-speaker
covariance evened out, shrunk towards doing nothing.

    python -m checkpoints.fold_back_end --checkpoint IN.ckpt --cache CACHE --out OUT.ckpt --shrink 1.0

Estimated on training speakers only, on augmented crops of 3 s. With --held-out it is estimated on
half of the speakers, and the EER before and after is printed for the other half (pairs within one
corpus, at speed 1.0): choose --shrink there, not on the development lists.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from data.augment import Augmenter
from data.crops import Crops
from figures.evaluate import eer
from networks.ecapa_tdnn import ECAPA_TDNN
from networks.features import EspnetMel


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def back_end(x: np.ndarray, speakers: np.ndarray, shrink: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d) and matrix (d, d): y = (x - mean) @ matrix."""
    mean = x.mean(axis=0)
    within, count = np.zeros((x.shape[1],) * 2), 0
    for speaker in np.unique(speakers):
        own = x[speakers == speaker]
        if len(own) > 2:
            own = own - own.mean(axis=0)
            within += own.T @ own
            count += len(own) - 1
    within /= count
    ridge = shrink * np.trace(within) / len(within)
    values, vectors = np.linalg.eigh(within + ridge * np.eye(len(within)))
    matrix = vectors @ np.diag(values**-0.5) @ vectors.T
    return mean, matrix * np.sqrt(np.trace(within) / len(within) + ridge)


def held_out_rate(x: np.ndarray, speakers: np.ndarray, corpora: np.ndarray) -> float:
    scores, labels = [], []
    x = unit(x)
    for corpus in np.unique(corpora):
        own = corpora == corpus
        similar = x[own] @ x[own].T
        same = speakers[own][:, None] == speakers[own][None]
        upper = np.triu_indices(own.sum(), 1)
        scores.append(similar[upper])
        labels.append(same[upper])
    return 100 * eer(np.concatenate(scores), np.concatenate(labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--shrink", type=float, default=1.0)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--crops", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    crops = Crops(options.cache, options.seed)
    augment = Augmenter(options.speech / "noise", options.speech / "rir", options.seed)
    state = torch.load(options.checkpoint, map_location="cpu")
    model = ECAPA_TDNN()
    model.load_state_dict(state)
    model.eval()
    front = EspnetMel()
    several = [i for i, p in enumerate(crops.pieces) if p.copy == "1.0" and crops.label[i] >= 0]
    chosen = crops.random.permutation(several)[: options.crops]
    rows = []
    with torch.no_grad():
        for k in range(0, len(chosen), 32):
            waves = np.stack([crops.crop(crops.pieces[i], 48000) for i in chosen[k : k + 32]])
            wave = augment(torch.from_numpy(waves.astype(np.float32) / 32768))
            rows.append(model(front(wave)).numpy())
    x = np.concatenate(rows)
    speakers = crops.label[chosen]
    corpora = np.array([crops.pieces[i].corpus for i in chosen])
    if options.held_out:
        test = speakers % 2 == 0
        print("untouched", round(held_out_rate(x[test], speakers[test], corpora[test]), 3))
        for shrink in (100.0, 3.0, 1.0, 0.3, 0.1):
            mean, matrix = back_end(x[~test], speakers[~test], shrink)
            y = (x[test] - mean) @ matrix
            print("shrink", shrink, round(held_out_rate(y, speakers[test], corpora[test]), 3), flush=True)
    if options.out:
        mean, matrix = back_end(x, speakers, options.shrink)
        fold = torch.from_numpy(matrix.T.astype(np.float32))
        state["fc.conv.bias"] = fold @ (state["fc.conv.bias"] - torch.from_numpy(mean.astype(np.float32)))
        state["fc.conv.weight"] = (fold @ state["fc.conv.weight"][:, :, 0])[:, :, None]
        torch.save(state, options.out)


if __name__ == "__main__":
    main()
