"""Several single-threaded processes that train one model: gradients are averaged at every step.

On two cores this is faster than two threads in one process, which wait for each other in every
operation. Start each process with the same arguments and its own --rank.
"""

import os

import torch
import torch.distributed as dist


def keep_memory() -> None:
    """glibc gives large blocks back to the system at once; the page faults cost a third of a step."""
    wanted = dict(MALLOC_MMAP_MAX_="0", MALLOC_TRIM_THRESHOLD_="100000000000", MALLOC_ARENA_MAX="1")
    if any(os.environ.get(k) != v for k, v in wanted.items()):
        os.environ.update(wanted)
        os.execv("/proc/self/exe", [open("/proc/self/cmdline").read().split("\0")[0],
                                    *open("/proc/self/cmdline").read().split("\0")[1:-1]])


class Workers:
    def __init__(self, rank: int, world: int, port: int) -> None:
        self.rank, self.world = rank, world
        if world > 1:
            dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=world)

    def average(self, parameters: list[torch.nn.Parameter], clock: float) -> float:
        """Averages the gradients in place; the first worker's clock, so that schedules agree."""
        if self.world == 1:
            return clock
        flat = torch.cat([p.grad.reshape(-1) for p in parameters] + [torch.tensor([clock if self.rank == 0 else 0.0])])
        dist.all_reduce(flat)
        at = 0
        for p in parameters:
            p.grad.copy_(flat[at : at + p.numel()].view_as(p)).div_(self.world)
            at += p.numel()
        return float(flat[-1])

    def agree(self, value: object) -> object:
        """The first worker's value."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]
