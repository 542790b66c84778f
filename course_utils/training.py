"""Training and evaluation of any model on any data: one loop, its settings, its history."""

import math
import os
import random
import time
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from course_utils.data import batches

PRESETS = ("tiny", "cpu", "gpu")
OPTIMIZERS = {
    "sgd": lambda p, c: torch.optim.SGD(p, c.lr, weight_decay=c.weight_decay),
    "momentum": lambda p, c: torch.optim.SGD(p, c.lr, 0.9, weight_decay=c.weight_decay),
    "adam": lambda p, c: torch.optim.Adam(p, c.lr, weight_decay=c.weight_decay),
    "adamw": lambda p, c: torch.optim.AdamW(p, c.lr, weight_decay=c.weight_decay),
}


def preset(default="cpu"):
    """The size of runs: the environment's COURSE_PRESET, else `default`; tiny, cpu or gpu."""
    name = os.environ.get("COURSE_PRESET") or default
    if name not in PRESETS:
        raise ValueError(f"expected COURSE_PRESET to be one of {', '.join(PRESETS)}, got {name!r}")
    return name


def by_preset(*, tiny, cpu, gpu, default="cpu"):
    """The value for the preset in force: `epochs = by_preset(tiny=1, cpu=20, gpu=100)`."""
    return {"tiny": tiny, "cpu": cpu, "gpu": gpu}[preset(default)]


def pick_device(name=None):
    """The device to train on: `name`, else the environment's COURSE_DEVICE, else a GPU if any."""
    name = name or os.environ.get("COURSE_DEVICE")
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            f"expected a device of this machine, got {name!r}, and torch sees no GPU here; "
            "try 'cpu', or install a torch built for your GPU"
        )
    return device


def seed_everything(seed):
    """Seed Python's, numpy's and torch's global generators."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def use_precision(name, device="cpu"):
    """Compute in "float32" or, where it is safe, in "bfloat16", inside the `with` block."""
    if name not in ("float32", "bfloat16"):
        raise ValueError(f"expected the precision 'float32' or 'bfloat16', got {name!r}")
    if name == "float32":
        return nullcontext()
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)


@dataclass
class TrainConfig:
    """How to train. The defaults bring a small network on small images to its level in seconds."""

    epochs: int = 20  # the digits' validation loss is flat by then
    lr: float = 3e-3  # Adam's usual 1e-3 times three: small nets bear it and finish sooner
    batch_size: int = 64  # small enough for some noise, large enough for matrix products to pay
    optimizer: str = "adam"  # forgiving in its rate; "sgd", "momentum", "adamw" for comparison
    weight_decay: float = 0.0  # off, so that what regularises is always explicit
    seed: int = 0  # of the order of batches; weights are drawn before, by whoever makes the model
    device: str | None = None  # None takes a GPU where there is one
    precision: str = "float32"  # bfloat16 halves memory on GPUs; on most CPUs it is slower
    progress: bool = False  # a bar; off, since graders and scripts want a quiet output


def train(model, data, config=None, loss_fn=F.cross_entropy):
    """Train `model` in place on `data.train`, with `data.val` after each epoch.

    model: an nn.Module; it stays on the device that it was trained on.
    data: a Split. config: a TrainConfig. loss_fn: (outputs, y) -> mean loss of the batch.
    Returns the history, a dict of lists with one entry an epoch: "train_loss" (mean over the
    epoch's batches, as it went), "val_loss", "val_accuracy" (nan for targets that are no
    classes) and "seconds" since the start.
    Raises FloatingPointError as soon as an epoch's loss is not finite.
    """
    config = config or TrainConfig()
    device = pick_device(config.device)
    model.to(device)
    optimizer = _optimizer(model, config)
    loader = batches(data.train, config.batch_size, shuffle=True, seed=config.seed, device=device)
    val = type(data.val)(data.val.x.to(device), data.val.y.to(device))
    history = {"train_loss": [], "val_loss": [], "val_accuracy": [], "seconds": []}
    began = time.perf_counter()
    with _bar(config) as bar:
        for epoch in range(config.epochs):
            loss = train_epoch(model, loader, optimizer, loss_fn, config.precision)
            _require_finite(loss, epoch, config)
            scores = evaluate(model, val, loss_fn)
            history["train_loss"].append(loss)
            history["val_loss"].append(scores["loss"])
            history["val_accuracy"].append(scores["accuracy"])
            history["seconds"].append(time.perf_counter() - began)
            bar.set_postfix(train=f"{loss:.3f}", val=f"{scores['loss']:.3f}")
            bar.update()
    return history


def train_epoch(model, loader, optimizer, loss_fn=F.cross_entropy, precision="float32"):
    """One pass over `loader`; returns the mean loss of its batches, a float."""
    model.train()
    losses, sizes = [], []
    for x, y in loader:
        with use_precision(precision, x.device):
            loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())  # stays on the device: a GPU is not waited for
        sizes.append(len(x))
    losses = torch.stack(losses).float()
    return (losses @ losses.new_tensor(sizes) / sum(sizes)).item()


@torch.no_grad()
def evaluate(model, data, loss_fn=F.cross_entropy, batch_size=1024):
    """Mean loss and accuracy of `model` on `data`, in evaluation mode; the mode is put back.

    Returns {"loss": float, "accuracy": float}; accuracy is nan when the targets are no classes.
    """
    parameter = next(model.parameters(), None)
    device = parameter.device if parameter is not None else data.x.device
    was_training = model.training
    model.eval()
    loss = right = 0.0
    for x, y in batches(data, batch_size, device=device):
        outputs = model(x)
        loss += loss_fn(outputs, y) * len(x)
        if y.dtype == torch.int64 and outputs.ndim == y.ndim + 1:
            right += (outputs.argmax(1) == y).sum() / y[0].numel()
        else:
            right = math.nan
    model.train(was_training)
    return {"loss": float(loss) / len(data.x), "accuracy": float(right) / len(data.x)}


def _optimizer(model, config):
    if config.optimizer not in OPTIMIZERS:
        raise ValueError(
            f"expected an optimizer among {', '.join(OPTIMIZERS)}, got {config.optimizer!r}"
        )
    return OPTIMIZERS[config.optimizer](model.parameters(), config)


def _bar(config):
    from tqdm.auto import tqdm

    return tqdm(total=config.epochs, unit="epoch", disable=not config.progress)


def _require_finite(loss, epoch, config):
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"the training loss became {loss} in epoch {epoch + 1} with {config.optimizer} at "
            f"lr={config.lr}; try a rate ten times smaller, scaled inputs, or clipped gradients"
        )
