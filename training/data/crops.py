"""Crops of the cache with their teacher's targets and class labels."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data.cache import Piece, load


class Crops:
    """Draws batches in pairs of one voice (a speaker in one copy): batch rows i and i + B/2.

    A voice is a class of its own. Voices without a label (-1) pair with themselves. Only the copies
    whose targets exist are drawn; `ready` looks for new ones.
    """

    def __init__(self, cache: Path, seed: int, speaker_part: float = 0.3) -> None:
        self.cache, self.speaker_part = cache, speaker_part
        self.random = np.random.default_rng(seed)
        self.known: list[str] = []  # every copy of the cache
        self.copies: list[str] = []  # those drawn from
        self.labels: dict[tuple[str, str], int] = {}
        self.pieces: list[Piece] = []
        self.by_class: list[list[int]] = []
        self.take(self.ready())

    def ready(self) -> list[str]:
        """Copies whose targets have been written since the last look."""
        if not self.known:
            self.known = list(dict.fromkeys(piece.copy for piece in load(self.cache)[1]))
        return [c for c in self.known
                if c not in self.copies and (self.cache / f"target-{c}.npy").exists()]

    def take(self, ready: list[str]) -> list[int]:
        """Takes in the pieces of these copies; the new classes."""
        if not ready:
            return []
        samples, index = load(self.cache)
        self.samples = samples
        first = len(self.by_class)
        targets = [] if not self.pieces else [self.raw]
        labels = [] if not self.pieces else [self.label]
        for copy in ready:
            known = np.load(self.cache / f"target-{copy}.npy")
            have = ~np.isnan(known[:, 0])
            chosen = [p for p, yes in zip((p for p in index if p.copy == copy), have) if yes]
            targets.append(known[have])
            new = np.full(len(chosen), -1)
            for i, piece in enumerate(chosen):
                if piece.speaker is None:
                    continue
                key = (piece.speaker, copy)
                if key not in self.labels:
                    self.labels[key] = len(self.by_class)
                    self.by_class.append([])
                new[i] = self.labels[key]
                self.by_class[new[i]].append(len(self.pieces) + i)
            labels.append(new)
            self.pieces += chosen
            self.copies.append(copy)
        self.raw = np.concatenate(targets)
        self.label = np.concatenate(labels)
        if not hasattr(self, "centre"):
            unit = self.raw / np.linalg.norm(self.raw, axis=1, keepdims=True)
            self.centre = unit.mean(axis=0)
        self._mix()
        # Voices by the root of their pieces; a piece without a label counts as one of twenty.
        counts = np.array([len(self.by_class[k]) if k >= 0 else 20 for k in self.label], float)
        weight = counts**-0.5
        self.chance = np.cumsum(weight / weight.sum())
        return list(range(first, len(self.by_class)))

    def _mix(self) -> None:
        """Targets: centred, unit length, moved a little towards the mean of their voice."""
        unit = self.raw / np.linalg.norm(self.raw, axis=1, keepdims=True) - self.centre
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        self.class_means = np.zeros((len(self.by_class), unit.shape[1]), np.float32)
        mixed = unit.copy()
        for k, members in enumerate(self.by_class):
            mean = unit[members].mean(axis=0)
            mean /= np.linalg.norm(mean)
            self.class_means[k] = mean
            mixed[members] = (1 - self.speaker_part) * unit[members] + self.speaker_part * mean
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        self.target = torch.from_numpy(mixed.astype(np.float32))

    def crop(self, piece: Piece, length: int) -> np.ndarray:
        data = self.samples[piece.start : piece.start + piece.length]
        if len(data) > length:
            start = int(self.random.integers(len(data) - length + 1))
            return data[start : start + length]
        start = int(self.random.integers(len(data)))
        return np.tile(np.roll(data, -start), -(-length // len(data)))[:length]

    def batch(self, size: int, length: int) -> tuple[Tensor, Tensor, Tensor]:
        """Waves (B, length) in [-1, 1], targets (B, 192) of unit length, labels (B), -1: none."""
        first = np.searchsorted(self.chance, self.random.random(size // 2)).clip(max=len(self.pieces) - 1)
        second = [int(self.random.choice(self.by_class[self.label[i]])) if self.label[i] >= 0 else i
                  for i in first]
        chosen = [*first, *second]
        waves = np.stack([self.crop(self.pieces[i], length) for i in chosen])
        return (torch.from_numpy(waves.astype(np.float32) / 32768), self.target[chosen],
                torch.from_numpy(self.label[chosen]))
