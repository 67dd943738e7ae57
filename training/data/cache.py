"""The cache of training speech: every recording decoded once, at every speed, in one int16 file.

    python -m data.cache --speech ../../shared/speech --cache /tmp/train/cache

The folder is read as train/<corpus>/<speaker>/<utterance>; --unlabelled adds files without labels.
Languages that held_languages.py names stay out.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from data.held_languages import is_held

RATE = 16_000
SPEEDS = {"1.0": (1, 1), "0.9": (10, 9), "1.1": (10, 11), "0.8": (5, 4), "1.2": (5, 6)}
LONGEST = 6 * RATE
WORD = int(1.2 * RATE)
AUDIO = {".flac", ".opus", ".wav", ".ogg", ".mp3"}


@dataclass(frozen=True)
class Piece:
    """A piece of a recording: where it lies in the cache, and who speaks (None: unknown).

    `copy` is its speed, or what else was done to the voice (tracts.py).
    """

    path: str
    corpus: str
    speaker: str | None
    copy: str
    start: int
    length: int


def read_audio(path: Path) -> np.ndarray:
    """Mono float32 at 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate != RATE:
        divisor = int(np.gcd(rate, RATE))
        mono = resample_poly(mono, RATE // divisor, rate // divisor)
    return mono.astype(np.float32)


def list_recordings(train: Path, unlabelled: Path | None) -> list[tuple[Path, str, str | None]]:
    found: list[tuple[Path, str, str | None]] = []
    for corpus in sorted(p for p in train.iterdir() if p.is_dir()):
        for speaker in sorted(p for p in corpus.iterdir() if p.is_dir()):
            if is_held(corpus.name, speaker.name):
                continue
            for file in sorted(speaker.rglob("*")):
                if file.suffix.lower() in AUDIO:
                    found.append((file, corpus.name, f"{corpus.name}/{speaker.name}"))
    if unlabelled is not None:
        for file in sorted(unlabelled.rglob("*")):
            if file.suffix.lower() in AUDIO:
                found.append((file, "unlabelled", None))
    return found


def pieces(train: Path, unlabelled: Path | None) -> list[tuple[str, str, str | None, np.ndarray]]:
    """Recordings as pieces of 1 to 6 s: long ones are cut evenly, words of one speaker joined."""
    result: list[tuple[str, str, str | None, np.ndarray]] = []
    words: dict[str, list[np.ndarray]] = {}
    for file, corpus, speaker in list_recordings(train, unlabelled):
        samples = read_audio(file)
        peak = float(np.abs(samples).max(initial=0.0))
        if len(samples) < RATE // 4 or peak < 1e-4:
            print(f"left out: {file} ({len(samples)} samples, peak {peak:.5f})")
            continue
        samples *= 0.7 / peak  # the augmentation draws the level again
        if speaker is not None and len(samples) <= WORD:
            words.setdefault(speaker, []).append(samples)
            continue
        for i, part in enumerate(np.array_split(samples, -(-len(samples) // LONGEST))):
            result.append((f"{file}#{i}", corpus, speaker, part))
    for speaker, clips in words.items():
        for i in range(0, len(clips), 4):
            joined = np.concatenate(clips[i : i + 4])
            result.append((f"{speaker}#words{i}", speaker.split("/")[0], speaker, joined))
    return result


def build(train: Path, unlabelled: Path | None, cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    found = pieces(train, unlabelled)
    print(f"{len(found)} pieces, {sum(len(p[3]) for p in found) / RATE / 3600:.2f} h", flush=True)
    index: list[dict] = []
    position = 0
    with open(cache / "samples.i16", "wb") as out:
        for speed, (up, down) in SPEEDS.items():
            for path, corpus, speaker, original in found:
                samples = original if up == down else resample_poly(original, up, down)
                quantised = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
                quantised.tofile(out)
                index.append(
                    dict(path=path, corpus=corpus, speaker=speaker, copy=speed,
                         start=position, length=len(quantised))
                )
                position += len(quantised)
            out.flush()
            (cache / "index.json").write_text(json.dumps(index))
            print(f"speed {speed}: done", flush=True)


def load(cache: Path) -> tuple[np.ndarray, list[Piece]]:
    samples = np.memmap(cache / "samples.i16", dtype="<i2", mode="r")
    return samples, [Piece(**u) for u in json.loads((cache / "index.json").read_text())]


def load_folder(folder: Path) -> list[np.ndarray]:
    """Noises or room responses: float32, in name order."""
    return [read_audio(f) for f in sorted(folder.rglob("*")) if f.suffix.lower() in AUDIO]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--train", type=Path, help="default: SPEECH/train")
    parser.add_argument("--unlabelled", type=Path, help="default: SPEECH/unlabelled where it exists")
    parser.add_argument("--cache", type=Path, required=True)
    options = parser.parse_args()
    unlabelled = options.unlabelled or options.speech / "unlabelled"
    build(options.train or options.speech / "train",
          unlabelled if unlabelled.is_dir() else None, options.cache)


if __name__ == "__main__":
    main()
