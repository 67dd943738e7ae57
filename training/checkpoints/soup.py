"""The mean of the weights of runs of which each went on from the one before.

    python -m checkpoints.soup OUT/first/average.ckpt OUT/default/average.ckpt --out OUT/soup.ckpt

Runs that share a start lie in one basin, and between them voices that neither heard are told apart
better than by either (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    states = [torch.load(path, map_location="cpu") for path in options.checkpoints]
    mean = {
        key: sum(state[key] for state in states) / len(states) if value.dtype.is_floating_point else value
        for key, value in states[-1].items()
    }
    torch.save(mean, options.out)


if __name__ == "__main__":
    main()
