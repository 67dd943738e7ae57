"""Trains the default model: ECAPA-TDNN, taught by CAM++ and by the speakers' labels.

    python train_default.py --cache CACHE --speech ../../shared/speech --out OUT --minutes 100 \
        --start ../../shared/checkpoints/ecapa-c256/embedding_model.ckpt

A run ends by the clock; the schedules follow the share of --minutes that has been trained, kept in
the checkpoint, so that --resume goes on where the run stopped.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from augment import Augmenter
from ecapa_tdnn import ECAPA_TDNN
from features import EspnetMel
from losses import AAMSoftmax, contrast_loss, cosine_loss, relational_loss
from sampler import Crops
from workers import Workers, keep_memory


def schedule(done: float, peak: float) -> float:
    """Learning rate at a share of the run: 3 % warm-up, cosine to a hundredth."""
    if done < 0.03:
        return peak * (0.1 + 0.9 * done / 0.03)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - 0.03) / 0.97)))


class Average:
    """Exponential moving average of a module's state (weights and norm statistics)."""

    def __init__(self, module: torch.nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: torch.nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for key, value in module.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[key].lerp_(value, 1 - decay)
            else:
                self.state[key].copy_(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="state dict to start from")
    parser.add_argument("--minutes", type=float, default=100)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--long-seconds", type=float, default=3.0)
    parser.add_argument("--long-from", type=float, default=0.87, help="share of the run")
    parser.add_argument("--peak", type=float, default=2e-3)
    parser.add_argument("--aam", type=float, default=0.3, help="weight of the labelled loss")
    parser.add_argument("--margin", type=float, default=0.15)
    parser.add_argument("--strength", type=float, default=1.0, help="of the augmentation, 0 to 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--world", type=int, default=1, help="processes; each takes its share of a batch")
    parser.add_argument("--port", type=int, default=29511)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    keep_memory()
    workers = Workers(options.rank, options.world, options.port)
    options.batch //= options.world
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)

    crops = Crops(options.cache, options.seed + 1000 * options.rank)
    augment = Augmenter(options.speech / "noise", options.speech / "rir", options.seed + 1000 * options.rank)
    front = EspnetMel()
    model = ECAPA_TDNN()
    if options.start:
        model.load_state_dict(torch.load(options.start, map_location="cpu"))
        with torch.no_grad():  # SpeechBrain's features are 10 log10, these the natural logarithm
            model.blocks[0].conv.conv.weight *= 10 / math.log(10)
            model.fc.conv.weight *= 0.05
            model.fc.conv.bias.zero_()
    head = AAMSoftmax(torch.from_numpy(crops.class_means))
    optimiser = torch.optim.AdamW([
        dict(params=[p for p in model.parameters() if p.ndim > 1], weight_decay=0.02),
        dict(params=[p for p in model.parameters() if p.ndim <= 1], weight_decay=0.0),
        dict(params=list(head.parameters()), weight_decay=0.0),
    ], lr=options.peak, betas=(0.9, 0.98))
    average = Average(model, 0.998)
    step, trained = 0, 0.0
    if options.resume:
        saved = torch.load(options.out / "run.pt", map_location="cpu", weights_only=False)
        model.load_state_dict(saved["model"])
        head.weight = torch.nn.Parameter(saved["head"])
        optimiser.param_groups[2]["params"] = [head.weight]
        optimiser.load_state_dict(saved["optimiser"])
        average.state, step, trained = saved["average"], saved["step"], saved["trained"]
        if options.rank == 0:
            crops.random = saved["random"]
            augment.generator.set_state(saved["generator"])
        else:  # the other workers' draws are not kept: they start a new sequence
            crops.random = np.random.default_rng(options.seed + 1000 * options.rank + step)
            augment.generator.manual_seed(options.seed + 1000 * options.rank + step)
    compiled = model if options.no_compile else torch.compile(model, dynamic=False)
    model.train()

    def save() -> None:
        torch.save(dict(model=model.state_dict(), head=head.weight.data, average=average.state,
                        optimiser=optimiser.state_dict(), step=step, trained=trained,
                        random=crops.random, generator=augment.generator.get_state()),
                   options.out / "run.tmp")
        (options.out / "run.tmp").rename(options.out / "run.pt")
        torch.save({k: v.clone() for k, v in average.state.items()}, options.out / "average.tmp")
        (options.out / "average.tmp").rename(options.out / "average.ckpt")

    sums = dict.fromkeys(("cosine", "relational", "contrast", "aam", "accuracy"), 0.0)
    counted, last_log, last_save = 0, time.time(), time.time()
    log = (options.out / "log.jsonl").open("a")
    while trained < options.minutes * 60:
        began = time.time()
        done = trained / (options.minutes * 60)
        for group in optimiser.param_groups:
            group["lr"] = schedule(done, options.peak)
        long = done >= options.long_from
        seconds = options.long_seconds if long else options.seconds
        size = options.batch if not long else max(8, int(options.batch * options.seconds / seconds) // 2 * 2)
        waves, target, labels = crops.batch(size, int(seconds * 16000))
        features = augment.mask(front(augment(waves, options.strength)))
        # Long crops come last and for minutes only: compiling for their shape would not pay.
        unit = F.normalize((model if long else compiled)(features), dim=1)
        margin = options.margin * min(1.0, max(0.0, (done - 0.1) / 0.3))
        near = cosine_loss(unit, target)
        relational = relational_loss(unit, target)
        contrast = contrast_loss(unit, target)
        aam, accuracy = head(unit, labels, margin)
        loss = 5 * near + 20 * relational + contrast + options.aam * aam
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        trained = workers.average([*model.parameters(), head.weight], trained)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        if options.rank == 0:
            average.update(model, step)
        for key, value in zip(sums, (near, relational, contrast, aam, accuracy)):
            sums[key] += float(value.detach())
        counted += 1
        trained += min(time.time() - began, 20.0)  # a compilation is not training
        if counted == 25:
            row = dict(step=step, minutes=round(trained / 60, 2), margin=round(margin, 3),
                       lr=round(optimiser.param_groups[0]["lr"], 6), seconds=seconds,
                       per_step=round((time.time() - last_log) / counted, 3), speeds=crops.speeds,
                       **{k: round(v / counted, 4) for k, v in sums.items()})
            if options.rank == 0:
                log.write(json.dumps(row) + "\n")
                log.flush()
                print(row, flush=True)
            sums = dict.fromkeys(sums, 0.0)
            counted, last_log = 0, time.time()
            new = crops.take(workers.agree(crops.ready()))
            if new:  # further speeds bring further classes: the head grows
                old = head.weight
                head.weight = torch.nn.Parameter(torch.cat([old.data, torch.from_numpy(crops.class_means[new])]))
                state = optimiser.state.pop(old, None)
                optimiser.param_groups[2]["params"] = [head.weight]
                if state:
                    grown = lambda m: torch.cat([m, torch.zeros(len(new), m.shape[1])])
                    optimiser.state[head.weight] = dict(step=state["step"], exp_avg=grown(state["exp_avg"]),
                                                        exp_avg_sq=torch.cat([state["exp_avg_sq"], state["exp_avg_sq"].mean().expand(len(new), 192)]))
        if options.rank == 0 and time.time() - last_save > 180:
            save()
            last_save = time.time()
    if options.rank == 0:
        save()


if __name__ == "__main__":
    main()
