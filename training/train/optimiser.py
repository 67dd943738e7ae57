"""How both runs step: learning rate, moving average, Muon for matrices and AdamW for the rest."""

import math

import torch
from torch import Tensor, nn


def schedule(done: float, peak: float) -> float:
    """Learning rate at a share of the run: 3 % warm-up, cosine to a hundredth."""
    if done < 0.03:
        return peak * (0.1 + 0.9 * done / 0.03)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - 0.03) / 0.97)))


class Average:
    """Exponential moving average of a module's state (weights and norm statistics)."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {k: v.detach().clone() for k, v in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for key, value in module.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[key].lerp_(value, 1 - decay)
            else:
                self.state[key].copy_(value)


def orthogonal(update: Tensor, rounds: int = 5) -> Tensor:
    """Nearly the closest semi-orthogonal matrix, (..., rows <= columns), by Newton-Schulz steps.

    Coefficients of Jordan et al., "Muon", 2024. torch.optim.Muon has the same in bfloat16, which
    processors without its arithmetic run several times slower, and for two dimensions only.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x = update / update.flatten(-2).norm(dim=-1)[..., None, None].clamp(min=1e-7)
    for _ in range(rounds):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


class Muon(torch.optim.Optimizer):
    """Momentum whose steps are orthogonalised (Jordan et al., 2024), on weights seen as (out, in k).

    A step has the root mean square of an AdamW step (0.2 lr; Liu et al., 2025, arXiv:2502.16982),
    so that both share one learning rate. Weights of one shape are worked on together.
    """

    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.95,
                 weight_decay: float = 0.02) -> None:
        super().__init__(parameters, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            shapes: dict[torch.Size, list[nn.Parameter]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for members in shapes.values():
                updates = []
                for p in members:
                    held = self.state[p].setdefault("momentum", torch.zeros_like(p))
                    held.lerp_(p.grad, 1 - group["momentum"])
                    updates.append(p.grad.lerp(held, group["momentum"]).flatten(1))
                stacked = torch.stack(updates)
                tall = stacked.shape[1] > stacked.shape[2]
                stacked = orthogonal(stacked.mT if tall else stacked)
                stacked = stacked.mT if tall else stacked
                size = 0.2 * max(stacked.shape[1:]) ** 0.5
                for p, update in zip(members, stacked):
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.add_(update.view_as(p), alpha=-group["lr"] * size)


class Optimisers:
    """Muon for the matrices between the first and the last layer (where asked for), AdamW else."""

    def __init__(self, model: nn.Module, outside: list[nn.Parameter], lr: float, muon: float = 0.0,
                 not_muon: tuple[str, ...] = ("fc.", "stem.", "blocks.0.conv", "depthwise")) -> None:
        named = list(model.named_parameters())
        matrix = [p for n, p in named if muon and p.ndim > 1 and not n.startswith(not_muon)
                  and not any(part in not_muon for part in n.split("."))]
        taken = {id(p) for p in matrix}
        rest = [p for _, p in named if id(p) not in taken]
        self.factor = muon
        self.adamw = torch.optim.AdamW([
            dict(params=[p for p in rest if p.ndim > 1], weight_decay=0.02),
            dict(params=[p for p in rest if p.ndim <= 1], weight_decay=0.0),
            dict(params=outside, weight_decay=0.0),
        ], lr=lr, betas=(0.9, 0.98))
        self.muon = Muon(matrix, lr * muon) if matrix else None

    def rate(self, lr: float) -> None:
        for group in self.adamw.param_groups:
            group["lr"] = lr
        if self.muon:
            for group in self.muon.param_groups:
                group["lr"] = lr * self.factor

    def step(self) -> None:
        self.adamw.step()
        if self.muon:
            self.muon.step()

    def zero_grad(self) -> None:
        self.adamw.zero_grad(set_to_none=True)
        if self.muon:
            self.muon.zero_grad(set_to_none=True)

    def state_dict(self) -> dict:
        return dict(adamw=self.adamw.state_dict(), muon=self.muon.state_dict() if self.muon else None)

    def load_state_dict(self, state: dict) -> None:
        self.adamw.load_state_dict(state["adamw"])
        if self.muon:
            self.muon.load_state_dict(state["muon"])
