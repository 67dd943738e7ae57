"""CausalTDNN, the streaming encoder: depthwise separable convolutions that look back only.

Features come stacked in pairs (one step every 20 ms). `forward` sees a whole utterance; padding
with zeros on the left is what an empty cache of the streaming step holds. Pooling weights are
sigmoids, bounded, so that their running sums can go on for hours.
"""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from networks.features import EspnetMel, running_mean


def product(conv: nn.Conv1d, x: Tensor) -> Tensor:
    """A convolution of width 1 as a matrix product (faster on a CPU)."""
    y = torch.matmul(conv.weight[:, :, 0], x)
    return y if conv.bias is None else y + conv.bias[:, None]


class Stem(nn.Module):
    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, channels, 1, bias=False)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(product(self.conv, x)))


class Block(nn.Module):
    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.pointwise1 = nn.Conv1d(channels, channels, 1, bias=False)
        self.norm1 = nn.BatchNorm1d(channels)
        self.depthwise = nn.Conv1d(channels, channels, kernel, groups=channels, bias=False)
        self.norm2 = nn.BatchNorm1d(channels)
        self.pointwise2 = nn.Conv1d(channels, channels, 1, bias=False)
        self.norm3 = nn.BatchNorm1d(channels)
        self.kernel = kernel

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(product(self.pointwise1, x)))
        y = self.depthwise(F.pad(y, (self.kernel - 1, 0)))
        return x + self.norm3(product(self.pointwise2, F.relu(self.norm2(y))))


class Pooling(nn.Module):
    def __init__(self, channels: int, attention: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)
        self.attention1 = nn.Conv1d(channels, attention, 1)
        self.attention2 = nn.Conv1d(attention, channels, 1)

    def weighted(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The normed steps and their weights in (0, 1), both (B, C, T)."""
        h = self.norm(x)
        return h, torch.sigmoid(product(self.attention2, torch.tanh(product(self.attention1, h))))


def statistics(weight: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Mean and deviation from the sums of w, w h and w h^2."""
    total = weight.clamp(min=1e-4)
    mean = first / total
    return torch.cat([mean, (second / total - mean.square()).clamp(min=1e-4).sqrt()], dim=1)


class CausalTDNN(nn.Module):
    """(B, T, input_size), T even, -> (B, lin_neurons)."""

    def __init__(self, input_size=80, stack=2, channels=256, blocks=8, kernel_size=15,
                 attention_channels=64, lin_neurons=192) -> None:
        super().__init__()
        self.stack = stack
        self.stem = Stem(input_size * stack, channels)
        self.blocks = nn.ModuleList(Block(channels, kernel_size) for _ in range(blocks))
        self.pooling = Pooling(channels, attention_channels)
        self.norm = nn.BatchNorm1d(2 * channels)
        self.fc = nn.Linear(2 * channels, lin_neurons)

    def steps(self, features: Tensor) -> tuple[Tensor, Tensor]:
        count, frames, size = features.shape
        x = features[:, : frames // self.stack * self.stack]
        x = x.reshape(count, -1, size * self.stack).transpose(1, 2).contiguous()
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.pooling.weighted(x)

    def embed(self, h: Tensor, w: Tensor) -> Tensor:
        sums = w.sum(dim=2), (w * h).sum(dim=2), (w * h * h).sum(dim=2)
        return self.fc(self.norm(statistics(*sums)))

    def forward(self, features: Tensor) -> Tensor:
        return self.embed(*self.steps(features))

    def spans(self, features: Tensor, inside: Tensor) -> Tensor:
        """(B S, lin_neurons): an embedding per span of steps; inside (B, S, T / stack) is 1 in it."""
        h, w = self.steps(features)
        mask = inside.transpose(1, 2)
        weighted = w * h
        sums = [torch.bmm(x, mask).transpose(1, 2).flatten(0, 1) for x in (w, weighted, weighted * h)]
        return self.fc(self.norm(statistics(*sums)))


def causal_encoder(checkpoint: Path) -> Callable[[Tensor], Tensor]:
    """Waves to embeddings, from causal.ckpt and the prior in causal.config.json beside it."""
    details = json.loads(checkpoint.with_suffix(".config.json").read_text())
    model = CausalTDNN(**details["ctor"])
    model.load_state_dict(torch.load(checkpoint, map_location="cpu"))
    model.eval()
    front = EspnetMel(centre=False, mean=False)
    running = details["features"]["ctor"]["running_mean"]
    prior = torch.tensor(running["prior"])
    return lambda wave: model(running_mean(front(wave), prior, running["frames"]))
