"""What both runs share: arguments, workers, crops and noise, and how a run is saved and gone on with."""

import argparse
import copy
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data.augment import Augmenter
from data.crops import Crops
from train.optimiser import Average, Optimisers, schedule
from train.workers import Workers, keep_memory

LOG_EVERY = 25
SAVE_SECONDS = 150


def arguments(description: str, *, minutes: float, seconds: float, peak: float, seed: int,
              port: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--peak", type=float, default=peak, help="learning rate")
    parser.add_argument("--muon", type=float, default=0.0,
                        help="Muon's rate as a multiple of the learning rate; 0: AdamW alone")
    parser.add_argument("--strength", type=float, default=1.0, help="of the augmentation, 0 to 1")
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--world", type=int, default=1, help="processes; each takes its share of a batch")
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--no-compile", action="store_true")
    return parser


class Run:
    """The clock, the data and the records of a run; the script brings model and losses."""

    def __init__(self, options: argparse.Namespace) -> None:
        keep_memory()
        self.options = options
        self.workers = Workers(options.rank, options.world, options.port)
        options.batch //= options.world
        self.seed = options.seed + 1000 * options.rank
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        options.out.mkdir(parents=True, exist_ok=True)
        self.crops = Crops(options.cache, self.seed)
        self.augment = Augmenter(options.speech / "noise", options.speech / "rir", self.seed)
        self.step, self.trained = 0, 0.0
        self.sums: dict[str, float] = {}
        self.counted = 0
        self.last_log = self.last_save = time.time()

    @property
    def done(self) -> float:
        """Share of --minutes that has been trained."""
        return self.trained / (self.options.minutes * 60)

    def begin(self, model: torch.nn.Module, outside: list[torch.nn.Parameter]) -> None:
        self.model = model
        self.optimiser = Optimisers(model, outside, self.options.peak, self.options.muon)
        self.average = Average(model, 0.998)

    def saved(self) -> dict | None:
        """What --resume goes on from."""
        if not self.options.resume:
            return None
        return torch.load(self.options.out / "run.pt", map_location="cpu", weights_only=False)

    def restore(self, saved: dict) -> None:
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.average.state, self.step, self.trained = saved["average"], saved["step"], saved["trained"]
        if self.options.rank == 0:
            self.crops.random = saved["random"]
            self.augment.generator.set_state(saved["generator"])
        else:  # the other workers' draws are not kept: they start a new sequence
            self.crops.random = np.random.default_rng(self.seed + self.step)
            self.augment.generator.manual_seed(self.seed + self.step)

    def save(self, **more: object) -> None:
        out = self.options.out
        torch.save(dict(model=self.model.state_dict(), average=self.average.state,
                        optimiser=self.optimiser.state_dict(), step=self.step, trained=self.trained,
                        random=self.crops.random, generator=self.augment.generator.get_state(), **more),
                   out / "run.tmp")
        (out / "run.tmp").rename(out / "run.pt")
        torch.save({k: v.clone() for k, v in self.average.state.items()}, out / "average.tmp")
        (out / "average.tmp").rename(out / "average.ckpt")
        self.last_save = time.time()

    @torch.no_grad()
    def refresh_norms(self, hear: Callable[[torch.nn.Module], object], batches: int = 30) -> None:
        """Norm statistics of the averaged weights, over new batches, into the average.

        Statistics that were averaged beside the weights are those of other weights (Izmailov et al.,
        2018, section 3.2).
        """
        model = copy.deepcopy(self.model)
        model.load_state_dict(self.average.state)
        norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm1d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
        model.train()
        for _ in range(batches):
            hear(model)
        self.average.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @property
    def save_due(self) -> bool:
        return self.options.rank == 0 and time.time() - self.last_save > SAVE_SECONDS

    def rate(self) -> float:
        """Sets the learning rate that is due."""
        rate = schedule(self.done, self.options.peak)
        self.optimiser.rate(rate)
        return rate

    def learn(self, loss: Tensor, parameters: list[torch.nn.Parameter], began: float) -> None:
        """One step; `began` is when its batch was drawn. A compilation does not count as training."""
        self.optimiser.zero_grad()
        loss.backward()
        self.trained = self.workers.average(parameters, self.trained)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        if self.options.rank == 0:
            self.average.update(self.model, self.step)
        self.trained += min(time.time() - began, 20.0)

    def record(self, losses: dict[str, Tensor], **more: object) -> list[int]:
        """Adds to the log every LOG_EVERY steps, and then looks for new copies: their new classes."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value.detach())
        self.counted += 1
        if self.counted < LOG_EVERY:
            return []
        row = dict(step=self.step, minutes=round(self.trained / 60, 2), **more,
                   per_step=round((time.time() - self.last_log) / self.counted, 3), copies=self.crops.copies,
                   **{name: round(value / self.counted, 4) for name, value in self.sums.items()})
        if self.options.rank == 0:
            with (self.options.out / "log.jsonl").open("a") as log:
                log.write(json.dumps(row) + "\n")
            print(row, flush=True)
        self.sums, self.counted, self.last_log = {}, 0, time.time()
        return self.crops.take(self.workers.agree(self.crops.ready()))
