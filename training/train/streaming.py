"""Trains the causal streaming encoder with the same data and teacher as the default model.

    python -m train.streaming --cache CACHE --speech ../../shared/speech --out OUT --minutes 60

Every crop is pooled over several spans (from the start to an early, a middle and the last step), so
that a second of speech already gives a useful embedding.
"""

import json
import time

import torch
from torch.nn import functional as F

from data.augment import Augmenter
from data.crops import Crops
from networks.causal_tdnn import CausalTDNN
from networks.features import EspnetMel, running_mean
from train.losses import contrast_loss, cosine_loss, relational_loss
from train.run import Run, arguments

PRIOR_FRAMES = 50


def prior_mean(crops: Crops, front: EspnetMel, augment: Augmenter, batches: int = 8) -> torch.Tensor:
    """Mean log-mel per band of augmented training speech."""
    means = [front(augment(crops.batch(64, 32000)[0])).mean(dim=(0, 1)) for _ in range(batches)]
    return torch.stack(means).mean(dim=0)


def draw_spans(count: int, steps: int, generator: torch.Generator) -> torch.Tensor:
    """(B, 3, steps): to 0.8-1.6 s, a stretch of 1.2-2.4 s anywhere, and everything."""
    uniform = lambda low, high: low + (high - low) * torch.rand(count, 1, generator=generator)
    at = torch.arange(steps)[None]
    early = at < uniform(40, 80)
    length = uniform(60, min(120, steps))
    begin = uniform(0, 1) * (steps - length)
    stretch = (at >= begin) & (at < begin + length)
    return torch.stack([early, stretch, torch.ones_like(early)], dim=1).float()


def write_config(run: Run, prior: torch.Tensor) -> None:
    """What `voiceprint convert` needs beside average.ckpt."""
    details = {
        "class": "voiceprint_web.CausalTDNN",
        "ctor": dict(input_size=80, stack=2, channels=256, blocks=8, kernel_size=15,
                     attention_channels=64, lin_neurons=192),
        "features": {
            "class": "MelSpectrogramTorch",
            "ctor": dict(n_mels=80, log=True, center=False, normalize="running-mean",
                         running_mean=dict(prior=prior.tolist(), frames=PRIOR_FRAMES)),
        },
        "sample_rate": 16000,
        "training": dict(step=run.step, minutes=round(run.trained / 60, 1)),
    }
    (run.options.out / "average.config.json").write_text(json.dumps(details, indent=1))


def main() -> None:
    options = arguments(__doc__, minutes=60, seconds=2.4, peak=3e-3, seed=2, port=29512).parse_args()
    run = Run(options)
    front = EspnetMel(centre=False, mean=False)
    model = CausalTDNN()
    run.begin(model, [])
    saved = run.saved()
    if saved:
        run.restore(saved)
        prior = saved["prior"]
    else:
        prior = run.workers.agree(prior_mean(run.crops, front, run.augment))

    def hear(waves: torch.Tensor) -> torch.Tensor:
        features = running_mean(front(run.augment(waves, options.strength)), prior, PRIOR_FRAMES)
        return run.augment.mask(features[:, : features.shape[1] // 2 * 2])

    length = int(options.seconds * 16000)
    spans = model.spans if options.no_compile else torch.compile(model.spans, dynamic=False)
    model.train()
    while run.done < 1:
        began = time.time()
        rate = run.rate()
        waves, target, _ = run.crops.batch(options.batch, length)
        features = hear(waves)
        inside = draw_spans(len(features), features.shape[1] // 2, run.augment.generator)
        unit = F.normalize(spans(features, inside), dim=1).unflatten(0, (-1, 3))
        early, stretch, whole = (unit[:, i] for i in range(3))
        near = [cosine_loss(x, target) for x in (early, stretch, whole)]
        relational = relational_loss(whole, target) + 0.5 * relational_loss(stretch, target)
        contrast = contrast_loss(whole, target) + 0.5 * contrast_loss(stretch, target)
        run.learn(near[0] + 2 * near[1] + 3 * near[2] + 15 * relational + contrast,
                  list(model.parameters()), began)
        losses = dict(zip(("early", "stretch", "whole"), near), relational=relational, contrast=contrast)
        run.record(losses, lr=round(rate, 6))
        if run.save_due:
            run.save(prior=prior)
            write_config(run, prior)
    if options.rank == 0:
        run.refresh_norms(lambda averaged: averaged(hear(run.crops.batch(options.batch, length)[0])))
        run.save(prior=prior)
        write_config(run, prior)


if __name__ == "__main__":
    main()
