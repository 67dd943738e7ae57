"""ESPnet's MelSpectrogramTorch in plain torch, as src/features/espnet.ts computes it."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def htk_mel(bins: int, bands: int, f_min: float, f_max: float, rate: int = 16_000) -> Tensor:
    """(bins, bands): triangles on the HTK mel scale, without area norm."""
    to_mel = lambda hz: 2595.0 * math.log10(1.0 + hz / 700.0)
    mels = torch.linspace(to_mel(f_min), to_mel(f_max), bands + 2, dtype=torch.float64)
    edges = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    frequencies = torch.linspace(0, rate / 2, bins, dtype=torch.float64)[:, None]
    rise = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    return torch.minimum(rise, fall).clamp(min=0).float()


class EspnetMel(nn.Module):
    """(B, samples) -> (B, frames, 80) log-mels; `centre` mirrors the ends, `mean` takes the mean off.

    The signal is scaled to [-1, 1]. Without `centre` frame i covers samples [160 i, 160 i + 512),
    which is what a stream can give at once.
    """

    def __init__(self, centre: bool = True, mean: bool = True) -> None:
        super().__init__()
        self.centre, self.mean = centre, mean
        self.register_buffer("window", torch.hamming_window(400, periodic=True))
        self.register_buffer("mel", htk_mel(257, 80, 20.0, 7600.0))

    def forward(self, wave: Tensor) -> Tensor:
        first = wave[:, :1] - 0.97 * (wave[:, 1:2] if self.centre else 0.0)
        wave = torch.cat([first, wave[:, 1:] - 0.97 * wave[:, :-1]], dim=1)
        spectrum = torch.stft(wave, 512, 160, 400, self.window, center=self.centre,
                              pad_mode="reflect", return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        log_mel = torch.log(power.transpose(1, 2) @ self.mel + 1e-6)
        return log_mel - log_mel.mean(dim=1, keepdim=True) if self.mean else log_mel


def running_mean(log_mel: Tensor, prior: Tensor, prior_frames: float = 50.0) -> Tensor:
    """(B, T, bands) minus the mean of all frames up to and with each one, started by the prior."""
    counts = torch.arange(1, log_mel.shape[1] + 1, dtype=log_mel.dtype)[None, :, None]
    sums = log_mel.cumsum(dim=1) + prior_frames * prior
    return log_mel - sums / (counts + prior_frames)
