"""Losses of both students: agreement with the teacher, and AAM-softmax on the labelled speakers."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def cosine_loss(unit: Tensor, target: Tensor) -> Tensor:
    """Mean of 1 - cosine; both (B, d) of unit length."""
    return (1 - (unit * target).sum(dim=1)).mean()


def relational_loss(unit: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of the two similarity matrices, off the diagonal (Park et al., 2019)."""
    difference = (unit @ unit.T - target @ target.T).square()
    count = len(unit)
    return (difference.sum() - difference.diagonal().sum()) / (count * (count - 1))


def contrast_loss(unit: Tensor, target: Tensor, temperature: float = 0.05) -> Tensor:
    """The student's similarities to all targets of the batch, as a distribution, against the teacher's."""
    wanted = F.softmax(target @ target.T / temperature, dim=1)
    return F.cross_entropy(unit @ target.T / temperature, wanted)


class AAMSoftmax(nn.Module):
    """Additive angular margin (Deng et al., 2019); rows with label -1 do not count."""

    def __init__(self, centres: Tensor, scale: float = 30.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(F.normalize(centres, dim=1))
        self.scale = scale

    def forward(self, unit: Tensor, labels: Tensor, margin: float) -> tuple[Tensor, Tensor]:
        """Loss and accuracy."""
        known = labels >= 0
        if not bool(known.any()):
            return unit.sum() * 0, torch.zeros(())
        unit, labels = unit[known], labels[known]
        cosine = (unit @ F.normalize(self.weight, dim=1).T).clamp(-1 + 1e-6, 1 - 1e-6)
        own = cosine.gather(1, labels[:, None])
        moved = own * math.cos(margin) - (1 - own.square()).sqrt() * math.sin(margin)
        moved = torch.where(own > math.cos(math.pi - margin), moved, own - math.sin(margin) * margin)
        logits = self.scale * cosine.scatter(1, labels[:, None], moved)
        right = (cosine.argmax(dim=1) == labels).float().mean()
        return F.cross_entropy(logits, labels), right
