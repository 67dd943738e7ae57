"""GE2E, loaded from the wheel that carries it. It was scored only: CAM++ is far better.

    pip download --no-deps resemblyzer==0.1.4
    unzip -p Resemblyzer-*.whl resemblyzer/pretrained.pt > GE2E.pt

Three LSTM layers over 40 mel powers (not their log) of 25 ms every 10 ms, a linear layer, ReLU, unit
length. An utterance is cut into partials of 1.6 s that overlap by half; the mean of their embeddings
is brought to unit length.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PARTIAL, HOP = 160, 80


def slaney_mel(bins: int, bands: int, rate: int = 16_000) -> Tensor:
    """(bins, bands): librosa's default filters, Slaney's scale and area norm, 0 to rate / 2."""
    step = math.log(6.4) / 27.0
    to_mel = lambda hz: hz * 3 / 200 if hz < 1000 else 15 + math.log(hz / 1000) / step
    mels = torch.linspace(0, to_mel(rate / 2), bands + 2, dtype=torch.float64)
    edges = torch.where(mels < 15, mels * 200 / 3, 1000 * torch.exp(step * (mels - 15)))
    frequencies = torch.linspace(0, rate / 2, bins, dtype=torch.float64)[:, None]
    rise = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    return (torch.minimum(rise, fall).clamp(min=0) * 2 / (edges[2:] - edges[:-2])).float()


class GE2E(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)
        self.register_buffer("window", torch.hann_window(400), persistent=False)
        self.register_buffer("mel", slaney_mel(201, 40), persistent=False)

    def mels(self, wave: Tensor) -> Tensor:
        """(B, samples) -> (B, frames, 40). Quiet speech is brought up to -30 dBFS."""
        level = wave.square().mean(dim=1, keepdim=True).clamp(min=1e-12).sqrt()
        wave = wave * (10 ** (-30 / 20) / level).clamp(min=1)
        spectrum = torch.stft(wave, 400, 160, 400, self.window, center=True,
                              pad_mode="constant", return_complex=True)
        return (spectrum.real.square() + spectrum.imag.square()).transpose(1, 2) @ self.mel

    def partials(self, mels: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(mels)
        return F.normalize(F.relu(self.linear(hidden[-1])), dim=1)

    def forward(self, wave: Tensor) -> Tensor:
        """(B, samples) -> (B, 256) of unit length."""
        mels = self.mels(wave)
        frames = mels.shape[1]
        if frames < PARTIAL:
            mels = F.pad(mels, (0, 0, 0, PARTIAL - frames))
        count = 1 + max(0, math.ceil((mels.shape[1] - PARTIAL) / HOP))
        if count > 1 and (mels.shape[1] - (count - 1) * HOP) / PARTIAL < 0.75:
            count -= 1  # a last partial that is mostly padding is not worth having
        mels = F.pad(mels, (0, 0, 0, max(0, (count - 1) * HOP + PARTIAL - mels.shape[1])))
        parts = mels.unfold(1, PARTIAL, HOP)[:, :count].transpose(2, 3)  # (B, count, 160, 40)
        out = self.partials(parts.reshape(-1, PARTIAL, 40)).view(len(wave), count, -1)
        return F.normalize(out.mean(dim=1), dim=1)


def load_ge2e(path: Path) -> GE2E:
    teacher = GE2E()
    state = torch.load(path, map_location="cpu", weights_only=False)["model_state"]
    state = {k: v for k, v in state.items() if k.startswith(("lstm.", "linear."))}
    teacher.load_state_dict(state)
    return teacher.eval()
