"""The teacher's embedding of every piece of the cache, clean.

    python -m teacher.label --cache /tmp/train/cache --model /tmp/train/campplus-fp32/model.onnx --copy 1.0

Writes target-<copy>.npy, (pieces of that copy, 192) float32, not length-normalised, NaN where
--most left a piece out. A piece is heard as it is, or --seconds of its middle. The model is the
published checkpoint through `voiceprint convert --precision fp32`: onnxruntime takes 0.43 of the
time of the same network in PyTorch, and the cosine between the two is 1.0000000.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from data.cache import RATE, Piece, load
from teacher.campplus import KaldiFbank

LOG_EVERY = 400


def middle(samples: np.ndarray, length: int) -> np.ndarray:
    start = max(0, len(samples) - length) // 2
    return samples[start : start + length]


def load_teacher(model: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Samples (int16) to an embedding (192), on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    [given] = session.get_inputs()
    front = KaldiFbank()

    def embed(samples: np.ndarray) -> np.ndarray:
        wave = torch.from_numpy(samples.astype(np.float32) / 32768)[None]
        return session.run(None, {given.name: front(wave).numpy()})[0].reshape(-1)

    return embed


def merge(cache: Path, copy: str, parts: int) -> None:
    """The last process to finish puts the parts together."""
    files = [cache / f"target-{copy}.{i}of{parts}.npy" for i in range(parts)]
    if all(f.exists() for f in files):
        loaded = [np.load(f) for f in files]
        whole = loaded[0]
        for other in loaded[1:]:
            whole = np.where(np.isnan(whole), other, whole)
        np.save(cache / f"target-{copy}.tmp.npy", whole)
        (cache / f"target-{copy}.tmp.npy").rename(cache / f"target-{copy}.npy")


def a_share(pieces: list[Piece], most: int) -> list[int]:
    """At most that many pieces of each speaker, spread over what there is of them."""
    of: dict[str | None, list[int]] = defaultdict(list)
    for i, piece in enumerate(pieces):
        of[piece.speaker].append(i)
    return sorted(i for own in of.values() for i in own[:: -(-len(own) // most)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="CAM++ in fp32, as `voiceprint convert` makes it")
    parser.add_argument("--copy", action="append", required=True, help="a speed, or tract1 and so on")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--most", type=int, default=1000, help="pieces of one speaker")
    parser.add_argument("--part", default="0/1", help="i/n: every n-th piece, for n processes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    teacher = load_teacher(options.model)
    length = int(options.seconds * RATE)
    part, parts = map(int, options.part.split("/"))
    for copy in options.copy:
        samples, index = load(options.cache)
        chosen = [p for p in index if p.copy == copy]
        wanted = a_share(chosen, options.most)[part::parts]
        targets = np.full((len(chosen), 192), np.nan, np.float32)
        started = time.time()
        for done, i in enumerate(wanted):
            piece = chosen[i]
            targets[i] = teacher(middle(samples[piece.start : piece.start + piece.length], length))
            if done % LOG_EVERY == 0:
                print(f"{copy}: {done}/{len(wanted)} in {time.time() - started:.0f} s", flush=True)
        np.save(options.cache / f"target-{copy}.{part}of{parts}.npy", targets)
        merge(options.cache, copy, parts)


if __name__ == "__main__":
    main()
