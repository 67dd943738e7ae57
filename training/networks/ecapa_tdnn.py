"""ECAPA-TDNN (Desplanques et al., 2020) with the state dict keys of SpeechBrain's class.

Differences from the paper follow SpeechBrain's `ECAPA_TDNN`: reflect padding, ReLU before the
norm, squeeze and excitation inside the block, attention with the global context. Utterances of a
batch have one length, so no masks.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _Named(nn.Module):
    """SpeechBrain wraps convolutions and norms once: the keys say `conv.conv.` and `norm.norm.`."""

    def __init__(self, name: str, inner: nn.Module) -> None:
        super().__init__()
        self.add_module(name, inner)
        self._inner_name = name

    def forward(self, x: Tensor) -> Tensor:
        return getattr(self, self._inner_name)(x)


class Conv(nn.Module):
    """Conv1d, same length, ends mirrored."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, dilation=dilation)
        self.padding = dilation * (kernel - 1) // 2

    def forward(self, x: Tensor) -> Tensor:
        if self.conv.kernel_size[0] == 1:  # a plain matrix product is faster on a CPU
            return torch.matmul(self.conv.weight[:, :, 0], x) + self.conv.bias[:, None]
        return self.conv(F.pad(x, (self.padding, self.padding), mode="reflect"))


class TDNNBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = Conv(inputs, outputs, kernel, dilation)
        self.norm = _Named("norm", nn.BatchNorm1d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(F.relu(self.conv(x)))


class Res2NetBlock(nn.Module):
    def __init__(self, channels: int, scale: int, kernel: int, dilation: int) -> None:
        super().__init__()
        width = channels // scale
        self.scale = scale
        self.blocks = nn.ModuleList(
            TDNNBlock(width, width, kernel, dilation) for _ in range(scale - 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        parts = list(x.chunk(self.scale, dim=1))
        for i, block in enumerate(self.blocks, start=1):
            parts[i] = block(parts[i] if i == 1 else parts[i] + parts[i - 1])
        return torch.cat(parts, dim=1)


class SEBlock(nn.Module):
    def __init__(self, channels: int, bottleneck: int) -> None:
        super().__init__()
        self.conv1 = Conv(channels, bottleneck)
        self.conv2 = Conv(bottleneck, channels)

    def forward(self, x: Tensor) -> Tensor:
        gate = self.conv2(F.relu(self.conv1(x.mean(dim=2, keepdim=True))))
        return torch.sigmoid(gate) * x


class SERes2NetBlock(nn.Module):
    def __init__(self, inputs, outputs, scale, se_channels, kernel, dilation) -> None:
        super().__init__()
        self.tdnn1 = TDNNBlock(inputs, outputs, 1)
        self.res2net_block = Res2NetBlock(outputs, scale, kernel, dilation)
        self.tdnn2 = TDNNBlock(outputs, outputs, 1)
        self.se_block = SEBlock(outputs, se_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.se_block(self.tdnn2(self.res2net_block(self.tdnn1(x)))) + x


def _statistics(x: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    if weights is None:
        mean = x.mean(dim=2)
        variance = (x - mean[:, :, None]).square().mean(dim=2)
    else:
        mean = (weights * x).sum(dim=2)
        variance = (weights * (x - mean[:, :, None]).square()).sum(dim=2)
    return mean, variance.clamp(min=1e-12).sqrt()


class AttentiveStatisticsPooling(nn.Module):
    def __init__(self, channels: int, attention_channels: int) -> None:
        super().__init__()
        self.tdnn = TDNNBlock(channels * 3, attention_channels, 1)
        self.conv = Conv(attention_channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        # The context is constant over time: its part of the product is made once, then broadcast.
        channels = x.shape[1]
        context = torch.cat(_statistics(x, None), dim=1)
        inner = self.tdnn.conv.conv
        weight = inner.weight[:, :, 0]
        constant = context @ weight[:, channels:].T + inner.bias
        hidden = torch.matmul(weight[:, :channels], x) + constant[:, :, None]
        hidden = torch.tanh(self.tdnn.norm(F.relu(hidden)))
        weights = torch.softmax(self.conv(hidden), dim=2)
        return torch.cat(_statistics(x, weights), dim=1)


class ECAPA_TDNN(nn.Module):
    """(B, frames, input_size) -> (B, lin_neurons)."""

    def __init__(self, input_size=80, lin_neurons=192, channels=(256, 256, 256, 256, 768),
                 kernel_sizes=(5, 3, 3, 3, 1), dilations=(1, 2, 3, 4, 1), attention_channels=128,
                 res2net_scale=8, se_channels=64, global_context=True) -> None:
        super().__init__()
        if not global_context:
            raise ValueError("global_context=False is not supported here")
        self.blocks = nn.ModuleList(
            [TDNNBlock(input_size, channels[0], kernel_sizes[0], dilations[0])]
        )
        for i in range(1, len(channels) - 1):
            self.blocks.append(SERes2NetBlock(channels[i - 1], channels[i], res2net_scale,
                                              se_channels, kernel_sizes[i], dilations[i]))
        self.mfa = TDNNBlock(sum(channels[1:-1]), channels[-1], kernel_sizes[-1], dilations[-1])
        self.asp = AttentiveStatisticsPooling(channels[-1], attention_channels)
        self.asp_bn = _Named("norm", nn.BatchNorm1d(channels[-1] * 2))
        self.fc = Conv(channels[-1] * 2, lin_neurons)

    def forward(self, features: Tensor) -> Tensor:
        x = features.transpose(1, 2).contiguous()
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        x = self.mfa(torch.cat(outputs[1:], dim=1))
        return self.fc(self.asp_bn(self.asp(x))[:, :, None])[:, :, 0]
