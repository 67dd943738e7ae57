"""Trains the compact model: ECAPA-TDNN, taught by CAM++ and by the speakers' labels.

    python -m train.compact --cache CACHE --speech ../../shared/speech --out OUT --minutes 100 --muon 1 \
        --start OUT/refit.ckpt

Every step draws the length of its crops, and takes as many of them as make the same speech. A run
ends by the clock; the schedules follow the share of --minutes that has been trained, kept in the
checkpoint, so that --resume goes on where the run stopped.
"""

import math
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from networks.ecapa_tdnn import ECAPA_TDNN
from networks.features import EspnetMel
from train.losses import AAMSoftmax, contrast_loss, cosine_loss, relational_loss
from train.run import Run, arguments


def grow(head: AAMSoftmax, adamw: torch.optim.AdamW, means: torch.Tensor) -> None:
    """Further copies bring further classes, which start at the teacher's means."""
    old = head.weight
    head.weight = torch.nn.Parameter(torch.cat([old.data, means]))
    adamw.param_groups[2]["params"] = [head.weight]
    state = adamw.state.pop(old, None)
    if state:
        squares = state["exp_avg_sq"]
        adamw.state[head.weight] = dict(
            step=state["step"],
            exp_avg=torch.cat([state["exp_avg"], torch.zeros_like(means)]),
            exp_avg_sq=torch.cat([squares, squares.mean().expand_as(means)]),
        )


def main() -> None:
    parser = arguments(__doc__, minutes=100, seconds=2.0, peak=2e-3, seed=1, port=29511)
    parser.add_argument("--start", type=Path, help="state dict to start from")
    parser.add_argument("--start-baseline", action="store_true",
                        help="the start heard decibels and knew no teacher: rescale its ends")
    parser.add_argument("--lengths", type=float, nargs="+", default=[1.0, 1.5, 2.0, 3.0, 3.0],
                        help="seconds of a crop, one drawn for each step; --batch counts crops of --seconds")
    parser.add_argument("--aam", type=float, default=0.3, help="weight of the labelled loss")
    parser.add_argument("--margin", type=float, default=0.15)
    options = parser.parse_args()
    run = Run(options)
    front = EspnetMel()
    model = ECAPA_TDNN()
    if options.start:
        model.load_state_dict(torch.load(options.start, map_location="cpu"))
    if options.start_baseline:
        with torch.no_grad():  # SpeechBrain's features are 10 log10, these the natural logarithm
            model.blocks[0].conv.conv.weight *= 10 / math.log(10)
            model.fc.conv.weight *= 0.05
            model.fc.conv.bias.zero_()
    head = AAMSoftmax(torch.from_numpy(run.crops.class_means))
    run.begin(model, list(head.parameters()))
    saved = run.saved()
    if saved:
        head.weight = torch.nn.Parameter(saved["head"])
        run.optimiser.adamw.param_groups[2]["params"] = [head.weight]
        run.restore(saved)

    def hear(waves: torch.Tensor) -> torch.Tensor:
        return run.augment.mask(front(run.augment(waves, options.strength)))

    compiled = model if options.no_compile else torch.compile(model, dynamic=False)
    model.train()
    while run.done < 1:
        began = time.time()
        rate, done = run.rate(), run.done
        seconds = float(run.crops.random.choice(options.lengths))
        size = max(8, int(options.batch * options.seconds / seconds) // 2 * 2)
        waves, target, labels = run.crops.batch(size, int(seconds * 16000))
        unit = F.normalize(compiled(hear(waves)), dim=1)
        margin = options.margin * min(1.0, max(0.0, (done - 0.1) / 0.3))
        near = cosine_loss(unit, target)
        relational = relational_loss(unit, target)
        contrast = contrast_loss(unit, target)
        aam, accuracy = head(unit, labels, margin)
        run.learn(5 * near + 20 * relational + contrast + options.aam * aam,
                  [*model.parameters(), head.weight], began)
        losses = dict(cosine=near, relational=relational, contrast=contrast, aam=aam, accuracy=accuracy)
        new = run.record(losses, lr=round(rate, 6), margin=round(margin, 3))
        if new:
            grow(head, run.optimiser.adamw, torch.from_numpy(run.crops.class_means[new]))
        if run.save_due:
            run.save(head=head.weight.data)
    if options.rank == 0:
        length = int(max(options.lengths) * 16000)
        run.refresh_norms(lambda averaged: averaged(hear(run.crops.batch(options.batch, length)[0])))
        run.save(head=head.weight.data)


if __name__ == "__main__":
    main()
