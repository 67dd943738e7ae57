"""What happens to a batch of crops before the features: rooms, noise, babble, bands, gain, clipping.

Everything is drawn from one torch.Generator and works on whole batches in the frequency domain.
"""

import math
from pathlib import Path

import torch
from torch import Tensor

from data.cache import RATE, load_folder

ROOM = 8000  # samples of a room response


def image_method(generator: torch.Generator) -> Tensor:
    """A room response of a random shoebox (Allen and Berkley, 1979), direct path first, energy 1.

    One reflection factor for all walls; arrival times rounded to samples, order limited by length.
    """
    draw = lambda low, high: low + (high - low) * torch.rand(3, generator=generator)
    size = draw(0.0, 1.0) * torch.tensor([7.0, 5.0, 1.6]) + torch.tensor([2.5, 2.0, 2.3])
    source, microphone = size * draw(0.15, 0.85), size * draw(0.15, 0.85)
    seconds = 0.15 + 0.65 * float(torch.rand((), generator=generator))  # RT60
    volume, area = float(size.prod()), 2 * float(size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    absorption = min(0.95, 0.161 * volume / (area * seconds))
    reflection = math.sqrt(1 - absorption)
    reach = 343.0 * ROOM / RATE
    orders = [torch.arange(-n, n + 1) for n in (torch.ceil(reach / (2 * size)).int().tolist())]
    n = torch.cartesian_prod(*orders)[:, None, :]  # (images, 1, 3)
    mirrored = torch.cartesian_prod(*[torch.tensor([0, 1])] * 3)[None]  # (1, 8, 3)
    positions = (1 - 2 * mirrored) * source + 2 * n * size
    distance = (positions - microphone).norm(dim=2).reshape(-1)
    bounces = ((n - mirrored).abs() + n.abs()).sum(dim=2).reshape(-1)
    direct = float((source - microphone).norm())
    delay = ((distance - direct) / 343.0 * RATE).round().long()
    keep = (delay >= 0) & (delay < ROOM)
    response = torch.zeros(ROOM)
    sign = torch.where(torch.rand(int(keep.sum()), generator=generator) < 0.5, -1.0, 1.0)
    sign[bounces[keep] == 0] = 1.0
    amplitude = reflection ** bounces[keep].float() / distance[keep].clamp(min=0.3)
    response.index_add_(0, delay[keep], sign * amplitude)
    return response / response.norm().clamp(min=1e-6)


def real_rooms(folder: Path) -> list[Tensor]:
    rooms = []
    for samples in load_folder(folder):
        response = torch.from_numpy(samples)
        start = int(response.abs().argmax())
        response = torch.nn.functional.pad(response[start : start + ROOM], (0, max(0, ROOM - len(response) + start)))
        rooms.append(response / response.norm().clamp(min=1e-6))
    return rooms


class Augmenter:
    def __init__(self, noise: Path, rooms: Path, seed: int, simulated: int = 200) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        real = real_rooms(rooms)
        made = [image_method(self.generator) for _ in range(simulated)]
        self.rooms = torch.stack(real * 6 + made)
        self.noises = [torch.from_numpy(n) for n in load_folder(noise)]

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=self.generator)

    def pick(self, count: int, size: int) -> Tensor:
        return torch.randint(size, (count,), generator=self.generator)

    def noise(self, length: int) -> Tensor:
        kind = float(self.uniform(1))
        if kind < 0.25:  # coloured: 1/f^a
            spectrum = torch.fft.rfft(torch.randn(length, generator=self.generator))
            slope = float(self.uniform(1, 0.0, 1.2))
            spectrum *= torch.arange(1, len(spectrum) + 1).float() ** -slope
            return torch.fft.irfft(spectrum, length)
        clip = self.noises[int(self.pick(1, len(self.noises)))]
        start = int(self.pick(1, len(clip)))
        clip = clip[start:] if len(clip) - start >= length else torch.roll(clip, -start)
        return clip.repeat(-(-length // len(clip)))[:length]

    def add(self, wave: Tensor, noise: Tensor, snr: Tensor) -> Tensor:
        level = wave.square().mean(dim=1).clamp(min=1e-9)
        other = noise.square().mean(dim=1).clamp(min=1e-9)
        return wave + noise * (level / other * 10 ** (-snr / 10)).sqrt()[:, None]

    def band(self, wave: Tensor) -> Tensor:
        """Random band limits and tilt: telephones, codecs, cheap microphones."""
        count, length = wave.shape
        spectrum = torch.fft.rfft(wave)
        hz = torch.linspace(0, RATE / 2, spectrum.shape[1])[None]
        phone = self.uniform(count) < 0.4
        low = torch.where(phone, self.uniform(count, 200, 350), self.uniform(count, 20, 150))[:, None]
        high = torch.where(phone, self.uniform(count, 3300, 3900), self.uniform(count, 4000, 8500))[:, None]
        gain = torch.sigmoid((hz - low) / 20) * torch.sigmoid((high - hz) / 60)
        tilt = self.uniform(count, -6, 6)[:, None] / 20  # dB per 4 kHz around 2 kHz
        gain = gain * 10 ** (tilt * (hz - 2000) / 4000)
        return torch.fft.irfft(spectrum * gain, length)

    def reverberate(self, wave: Tensor) -> Tensor:
        rooms = self.rooms[self.pick(len(wave), len(self.rooms))]
        size = 1 << (wave.shape[1] + ROOM - 1).bit_length()
        wet = torch.fft.irfft(torch.fft.rfft(wave, size) * torch.fft.rfft(rooms, size), size)
        return wet[:, : wave.shape[1]]

    def __call__(self, wave: Tensor, strength: float = 1.0) -> Tensor:
        """(B, samples) in [-1, 1] -> the same shape."""
        count, length = wave.shape
        wave = wave.clone()
        chosen = (self.uniform(count) < 0.35 * strength).nonzero()[:, 0]
        if len(chosen):
            wave[chosen] = self.reverberate(wave[chosen])
        kind = self.uniform(count)
        babble = (kind < 0.15 * strength).nonzero()[:, 0]
        if len(babble):
            others = torch.stack([wave[self.pick(len(babble), count)] for _ in range(4)]).sum(dim=0)
            wave[babble] = self.add(wave[babble], others, self.uniform(len(babble), 5, 20))
        noisy = ((kind >= 0.3) & (kind < 0.3 + 0.5 * strength)).nonzero()[:, 0]
        if len(noisy):
            noises = torch.stack([self.noise(length) for _ in range(len(noisy))])
            wave[noisy] = self.add(wave[noisy], noises, self.uniform(len(noisy), 2, 22))
        limited = (self.uniform(count) < 0.3 * strength).nonzero()[:, 0]
        if len(limited):
            wave[limited] = self.band(wave[limited])
        peak = wave.abs().amax(dim=1, keepdim=True).clamp(min=1e-5)
        wave = wave / peak * 10 ** (self.uniform(count, -30, 0)[:, None] / 20)
        clipped = (self.uniform(count) < 0.08 * strength)[:, None]
        limit = wave.abs().amax(dim=1, keepdim=True) * self.uniform(count, 0.15, 0.6)[:, None]
        return torch.where(clipped, torch.maximum(torch.minimum(wave, limit), -limit), wave)

    def mask(self, features: Tensor, bands: int = 8, frames: int = 12) -> Tensor:
        """SpecAugment, light: one block of bands and one of frames at the mean (0), for half each."""
        count, length, size = features.shape
        for axis, total, widest in ((2, size, bands), (1, length, frames)):
            width = self.uniform(count) * widest * (self.uniform(count) < 0.5)
            start = self.uniform(count) * (total - width)
            at = torch.arange(total)[None]
            hit = (at >= start[:, None]) & (at < (start + width)[:, None])
            features = features.masked_fill(hit[:, None, :] if axis == 2 else hit[:, :, None], 0.0)
        return features
