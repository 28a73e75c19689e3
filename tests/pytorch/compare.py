"""Holds a recorded training run (recording.h) against PyTorch: prints the largest differences, and exits with 1
where one is beyond its tolerance.

For every step, from the weights that the step began with: the losses and every gradient by PyTorch's own autograd
from a model of our own writing (model.py); then, from the gradients that were recorded, clipping, learning rate and
new weights by PyTorch's clip_grad_norm_, schedulers and AdamW. At last PyTorch trains by itself from the first
weights, and its losses must be those of the run."""

import argparse
import sys

import torch

from model import Model
from recording import Recording


class Differences:
    """The largest of each kind, and where; a difference is relative unless said otherwise."""

    def __init__(self):
        self.largest, self.failed = {}, []

    def add(self, kind, where, difference, tolerance):
        if not difference <= self.largest.get(kind, (-1.0, ""))[0]:
            self.largest[kind] = (difference, where)
        if not difference <= tolerance:  # NaN is a failure
            self.failed.append(f"{kind} of {where}: {difference:.2e} is beyond {tolerance:.0e}")

    def scalar(self, kind, where, ours, theirs, tolerance):
        self.add(kind, where, abs(ours - theirs) / abs(theirs), tolerance)


def largest_ratio(difference, scale):
    """An expert that no token chose has no gradient on either side: 0 / 0 is 0."""
    return torch.where(difference == 0, torch.zeros_like(difference), difference / scale).max().item()


def compare_gradients(differences, where, ours, theirs, arguments):
    difference = (ours - theirs).abs()
    # Normwise, and by the element. Some elements are zero but for rounding (the bias of the keys), so that an
    # element is taken relative to itself and the root mean square of its tensor.
    elements = theirs.abs() + theirs.pow(2).mean().sqrt()
    differences.add("gradient, normwise", where, largest_ratio(difference, theirs.abs().max()), arguments.rtol)
    differences.add("gradient, elementwise", where, largest_ratio(difference, elements), arguments.element_rtol)


def decays(name, tensor):
    return tensor.dim() > 1


class Trainer:
    """PyTorch's AdamW, clipping and schedule as the scenario has them."""

    def __init__(self, spec, weights):
        self.weights = {name: torch.nn.Parameter(value.clone()) for name, value in weights.items()}
        groups = {True: [], False: []}
        for name, parameter in self.weights.items():
            groups[decays(name, parameter)].append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": groups[True], "weight_decay": spec["weight_decay"]},
                {"params": groups[False], "weight_decay": 0.0},
            ],
            lr=spec["lr"],
            betas=(spec["beta1"], spec["beta2"]),
            eps=spec["eps"],
        )
        self.clip = spec["grad_clip"]
        self.schedule = self._schedule(spec)

    def _schedule(self, spec):
        rates = torch.optim.lr_scheduler
        warmup, schedules = spec["warmup_steps"], []
        if warmup > 1:
            schedules.append(rates.LinearLR(self.optimizer, 1 / warmup, 1.0, total_iters=warmup - 1))
        if spec["lr_schedule"] == "LR_SCHEDULE_COSINE":
            span = spec["decay_steps"] - warmup
            schedules.append(rates.CosineAnnealingLR(self.optimizer, span, eta_min=spec["min_lr"]))
        else:
            schedules.append(rates.ConstantLR(self.optimizer, 1.0))
        if len(schedules) == 1:
            return schedules[0]
        return rates.SequentialLR(self.optimizer, schedules, milestones=[warmup])

    def step(self):
        """Returns the norm before clipping and the rate that was used."""
        parameters = list(self.weights.values())
        norm = torch.nn.utils.clip_grad_norm_(parameters, self.clip if self.clip > 0 else float("inf"))
        rate = self.optimizer.param_groups[0]["lr"]
        self.optimizer.step()
        self.schedule.step()
        return norm.item(), rate


def compare_step(recording, step, arguments, trainer, differences):
    weights = recording.tensors(step, "weights")
    if step == 0 and arguments.perturb:
        weights[arguments.perturb] = weights[arguments.perturb] * 1.01
    leaves = {name: value.to(arguments.dtype).requires_grad_() for name, value in weights.items()}
    tokens, targets = recording[f"{step}/tokens"].long(), recording[f"{step}/targets"].long()
    loss, aux = Model(recording.model, leaves).losses(tokens, targets)
    (loss + aux).backward()
    where = f"step {step}"
    differences.scalar("loss", where, recording.scalar(f"{step}/loss"), loss.item(), arguments.loss_rtol)
    if f"{step}/aux_loss" in recording:
        differences.scalar(
            "load-balance loss", where, recording.scalar(f"{step}/aux_loss"), aux.item(), arguments.loss_rtol
        )
    ours = recording.tensors(step, "grads")
    assert ours.keys() == leaves.keys()
    for name, gradient in ours.items():
        compare_gradients(differences, f"{name}, {where}", gradient, leaves[name].grad.double(), arguments)
    if trainer is not None:
        compare_update(recording, step, ours, trainer, arguments, differences)


def compare_update(recording, step, gradients, trainer, arguments, differences):
    before, after = recording.tensors(step, "weights"), recording.tensors(step + 1, "weights")
    for name, parameter in trainer.weights.items():
        parameter.data.copy_(before[name])
        parameter.grad = gradients[name].clone()
    norm, rate = trainer.step()
    where = f"step {step}"
    differences.scalar("learning rate", where, recording.scalar(f"{step}/lr"), rate, 1e-12)
    if f"{step}/grad_norm" in recording:
        differences.scalar("gradient norm", where, recording.scalar(f"{step}/grad_norm"), norm, arguments.loss_rtol)
    for name, parameter in trainer.weights.items():
        # AdamW moves an element by about the learning rate; a weight of one precision cannot say it finer than
        # its own last place.
        last_place = after[name].abs() * arguments.last_place
        difference = ((after[name] - parameter.data).abs() - last_place).clamp(min=0) / rate
        kind = "weights after AdamW, in learning rates"
        differences.add(kind, f"{name}, {where}", difference.max().item(), arguments.update_rtol)


def compare_training(recording, arguments, differences):
    """PyTorch by itself."""
    first = recording.tensors(0, "weights")
    trainer = Trainer(recording.optimizer, {name: value.to(arguments.dtype) for name, value in first.items()})
    for step in range(recording.steps):
        trainer.optimizer.zero_grad()
        tokens, targets = recording[f"{step}/tokens"].long(), recording[f"{step}/targets"].long()
        loss, aux = Model(recording.model, trainer.weights).losses(tokens, targets)
        (loss + aux).backward()
        trainer.step()
        ours = recording.scalar(f"{step}/loss")
        differences.scalar("loss of PyTorch's own training", f"step {step}", ours, loss.item(), arguments.loss_rtol)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording")
    parser.add_argument("--rtol", type=float, default=1e-4, help="of gradients, normwise")
    parser.add_argument("--element-rtol", type=float, default=1e-4, help="of gradients, by the element")
    parser.add_argument("--update-rtol", type=float, default=1e-4, help="of the optimizer's step")
    parser.add_argument("--loss-rtol", type=float, default=1e-4)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32", help="what PyTorch computes in")
    parser.add_argument("--last-place", type=float, default=2.0**-23, help="of a weight; 0: the optimizer is left out")
    parser.add_argument("--perturb", metavar="NAME", help="make this tensor 1 %% larger at step 0: must fail")
    arguments = parser.parse_args()
    arguments.dtype = getattr(torch, arguments.dtype)
    torch.set_num_threads(1)

    recording = Recording(arguments.recording)
    differences = Differences()
    trainer = None
    if arguments.last_place > 0:  # in double: what is seen is our rounding alone
        trainer = Trainer(recording.optimizer, recording.tensors(0, "weights"))
    for step in range(recording.steps):
        compare_step(recording, step, arguments, trainer, differences)
    if arguments.perturb is None:
        compare_training(recording, arguments, differences)
    for kind, (difference, where) in differences.largest.items():
        print(f"  {kind:40} {difference:.1e}  ({where})")
    for failure in differences.failed[:20]:
        print(f"BEYOND: {failure}")
    return 1 if differences.failed else 0


if __name__ == "__main__":
    sys.exit(main())
