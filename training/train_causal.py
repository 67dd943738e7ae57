"""Trains the causal streaming encoder with the same data and teacher as the default model.

    python train_causal.py --cache CACHE --speech ../../shared/speech --out OUT --minutes 60

Every crop is pooled over several spans (from the start to an early, a middle and the last step), so
that a second of speech already gives a useful embedding.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from augment import Augmenter
from causal_tdnn import CausalTDNN
from features import EspnetMel, running_mean
from losses import contrast_loss, cosine_loss, relational_loss
from sampler import Crops
from train_default import Average, schedule
from workers import Workers, keep_memory

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2.4)
    parser.add_argument("--peak", type=float, default=3e-3)
    parser.add_argument("--strength", type=float, default=1.0, help="of the augmentation, 0 to 1")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--world", type=int, default=1, help="processes; each takes its share of a batch")
    parser.add_argument("--port", type=int, default=29512)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    keep_memory()
    workers = Workers(options.rank, options.world, options.port)
    options.batch //= options.world
    seed = options.seed + 1000 * options.rank
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)

    crops = Crops(options.cache, seed)
    augment = Augmenter(options.speech / "noise", options.speech / "rir", seed)
    front = EspnetMel(centre=False, mean=False)
    model = CausalTDNN()
    optimiser = torch.optim.AdamW([
        dict(params=[p for p in model.parameters() if p.ndim > 1], weight_decay=0.02),
        dict(params=[p for p in model.parameters() if p.ndim <= 1], weight_decay=0.0),
    ], lr=options.peak, betas=(0.9, 0.98))
    average = Average(model, 0.998)
    step, trained = 0, 0.0
    if options.resume:
        saved = torch.load(options.out / "run.pt", map_location="cpu", weights_only=False)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        average.state, step, trained, prior = saved["average"], saved["step"], saved["trained"], saved["prior"]
        if options.rank == 0:
            crops.random = saved["random"]
            augment.generator.set_state(saved["generator"])
        else:  # the other workers' draws are not kept: they start a new sequence
            crops.random = np.random.default_rng(seed + step)
            augment.generator.manual_seed(seed + step)
    else:
        prior = workers.agree(prior_mean(crops, front, augment))
    spans = model.spans if options.no_compile else torch.compile(model.spans, dynamic=False)
    model.train()

    def save() -> None:
        torch.save(dict(model=model.state_dict(), average=average.state, optimiser=optimiser.state_dict(),
                        step=step, trained=trained, prior=prior, random=crops.random,
                        generator=augment.generator.get_state()), options.out / "run.tmp")
        (options.out / "run.tmp").rename(options.out / "run.pt")
        torch.save({k: v.clone() for k, v in average.state.items()}, options.out / "average.tmp")
        (options.out / "average.tmp").rename(options.out / "average.ckpt")
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
            "training": dict(step=step, minutes=round(trained / 60, 1)),
        }
        (options.out / "average.config.json").write_text(json.dumps(details, indent=1))

    sums = dict.fromkeys(("early", "stretch", "whole", "relational", "contrast"), 0.0)
    counted, last_log, last_save = 0, time.time(), time.time()
    log = (options.out / "log.jsonl").open("a")
    while trained < options.minutes * 60:
        began = time.time()
        done = trained / (options.minutes * 60)
        for group in optimiser.param_groups:
            group["lr"] = schedule(done, options.peak)
        waves, target, labels = crops.batch(options.batch, int(options.seconds * 16000))
        features = running_mean(front(augment(waves, options.strength)), prior, PRIOR_FRAMES)
        features = augment.mask(features[:, : features.shape[1] // 2 * 2])
        inside = draw_spans(len(features), features.shape[1] // 2, augment.generator)
        unit = F.normalize(spans(features, inside), dim=1).unflatten(0, (-1, 3))
        early, stretch, whole = (unit[:, i] for i in range(3))
        near = [cosine_loss(x, target) for x in (early, stretch, whole)]
        relational = relational_loss(whole, target) + 0.5 * relational_loss(stretch, target)
        contrast = contrast_loss(whole, target) + 0.5 * contrast_loss(stretch, target)
        loss = near[0] + 2 * near[1] + 3 * near[2] + 15 * relational + contrast
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        trained = workers.average(list(model.parameters()), trained)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        if options.rank == 0:
            average.update(model, step)
        for key, value in zip(sums, (*near, relational, contrast)):
            sums[key] += float(value.detach())
        counted += 1
        trained += min(time.time() - began, 20.0)  # a compilation is not training
        if counted == 25:
            row = dict(step=step, minutes=round(trained / 60, 2), lr=round(optimiser.param_groups[0]["lr"], 6),
                       per_step=round((time.time() - last_log) / counted, 3), speeds=crops.speeds,
                       **{k: round(v / counted, 4) for k, v in sums.items()})
            if options.rank == 0:
                log.write(json.dumps(row) + "\n")
                log.flush()
                print(row, flush=True)
            sums = dict.fromkeys(sums, 0.0)
            counted, last_log = 0, time.time()
            crops.take(workers.agree(crops.ready()))
        if options.rank == 0 and time.time() - last_save > 120:
            save()
            last_save = time.time()
    if options.rank == 0:
        save()


if __name__ == "__main__":
    main()
