"""Voices that nobody has: pieces of the cache spoken through vocal tracts of other shapes.

    python -m data.tracts --cache CACHE --copies 4

A speed moves pitch and formants together, so five speeds of a speaker lie on one line. Here the
spectral envelope is moved as well, low and high formants by factors of their own, and the pitch
stays: each speaker of each copy gets a speed, a tract and a tilt, which make a voice of its own. The
copies tract1, tract2, … are added to the cache; `label.py --copy tract1` asks the teacher who they are.
"""

import argparse
import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data.cache import SPEEDS, Piece, load

WINDOW, HOP = 512, 128
QUEFRENCY = 32  # samples: envelopes keep what is slower than 500 Hz of spectrum, pitch lies above
LIMIT = math.log(10)  # no band is moved by more than 20 dB


def envelope(power: Tensor) -> Tensor:
    """Log spectral envelope of (frames, bins) by the low end of the cepstrum (Oppenheim, 1969)."""
    cepstrum = torch.fft.irfft(power.clamp(min=1e-8).log() / 2)
    cepstrum[:, QUEFRENCY : WINDOW - QUEFRENCY + 1] = 0
    return torch.fft.rfft(cepstrum).real


def through(wave: Tensor, low: float, high: float, tilt: float) -> Tensor:
    """A wave, (samples) at 16 kHz, with its envelope moved along the frequencies; as long, peak 0.7.

    `low` times up to 1.5 kHz, `high` times above; `tilt` is in dB from end to end of the spectrum.
    """
    hann = torch.hann_window(WINDOW)
    spectrum = torch.stft(wave, WINDOW, HOP, window=hann, return_complex=True).T
    shape = envelope(spectrum.abs().square())
    bins = torch.arange(WINDOW // 2 + 1).float()
    knee = 1500 / 8000 * (WINDOW // 2)
    # Where the envelope of each bin comes from: its inverse map, in two straight parts.
    source = torch.where(bins < knee * low, bins / low, knee + (bins - knee * low) / high)
    source = source.clamp(0, WINDOW // 2 - 1e-3)
    left = source.long()
    share = source - left
    moved = shape[:, left] * (1 - share) + shape[:, left + 1] * share
    gain = (moved - shape).clamp(-LIMIT, LIMIT) + tilt / 8.686 * (bins / bins[-1] - 0.5)
    result = torch.istft((spectrum * gain.exp()).T, WINDOW, HOP, window=hann, length=len(wave))
    return result * (0.7 / result.abs().max().clamp(min=1e-4))


def add_copies(cache: Path, copies: int, per_voice: int, seed: int) -> None:
    """Adds tract1 to tract<copies>, of up to `per_voice` pieces of each speaker, to samples.i16 and index.json."""
    samples, index = load(cache)
    if any(piece.copy not in SPEEDS for piece in index):
        raise SystemExit(f"{cache} has such copies already; build it anew with data.py")
    by_voice: dict[tuple[str, str], list[Piece]] = {}
    for piece in index:
        if piece.speaker is not None and piece.copy in SPEEDS:
            by_voice.setdefault((piece.speaker, piece.copy), []).append(piece)
    speakers = sorted({speaker for speaker, _ in by_voice})
    added = [asdict(p) for p in index]
    position = len(samples)
    with open(cache / "samples.i16", "ab") as out:
        for copy in range(1, copies + 1):
            random = np.random.default_rng(seed + copy)
            for speaker in speakers:
                speed = str(random.choice(list(SPEEDS)))
                # With the speed's own share the formants stay within what people have.
                span = np.clip(np.array([0.8, 1.25]) / float(speed), 0.84, 1.19)
                low, high = random.uniform(*span), random.uniform(*span)
                tilt = float(random.uniform(-6, 6))
                pieces = by_voice[speaker, speed]
                chosen = random.permutation(len(pieces))[:per_voice]
                for i in sorted(chosen):
                    piece = pieces[i]
                    wave = samples[piece.start : piece.start + min(piece.length, 5 * 16000)]
                    changed = through(torch.from_numpy(wave.astype(np.float32) / 32768), low, high, tilt)
                    quantised = np.round(changed.numpy() * 32767).astype("<i2")
                    quantised.tofile(out)
                    added.append(asdict(replace(piece, copy=f"tract{copy}", start=position,
                                                length=len(quantised))))
                    position += len(quantised)
            print(f"tract{copy}: {len(added)} pieces in all", flush=True)
    (cache / "index.json").write_text(json.dumps(added))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--per-voice", type=int, default=6, help="pieces of a speaker in each copy")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    add_copies(options.cache, options.copies, options.per_voice, options.seed)


if __name__ == "__main__":
    main()
