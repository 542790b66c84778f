"""What the course's training loop costs against one written by hand, on digits.

Both train the same network on the same batches, in turns, in one run, and keep the same history:
`train` of `course_utils`, and the plain PyTorch loop that one writes by hand. The ratio of the
median CPU times is printed and written to benchmarks/results/training_loop.json.

    python benchmarks/training_loop.py [rounds]
"""

import json
import sys
import time
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_utils import data, results, training

RESULTS = Path(__file__).parent / "results"
EPOCHS, BATCH, LR = 10, 64, 3e-3
BOUND = 1.05  # the most that the course's loop may cost, as a ratio


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def by_course(split):
    config = training.TrainConfig(epochs=EPOCHS, batch_size=BATCH, lr=LR, device="cpu")
    return training.train(network(), split, config)["val_loss"]


def by_hand(split):
    """The plain loop, with shuffled index batches; it keeps what `train` keeps."""
    model, train_loss, val_loss, val_accuracy = network(), [], [], []
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    generator = torch.Generator().manual_seed(0)
    for _ in range(EPOCHS):
        model.train()
        total = 0.0
        for i in torch.randperm(len(split.train.x), generator=generator).split(BATCH):
            loss = F.cross_entropy(model(split.train.x[i]), split.train.y[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(i)
        train_loss.append(total / len(split.train.x))
        model.eval()
        with torch.no_grad():
            logits = model(split.val.x)
            val_loss.append(F.cross_entropy(logits, split.val.y).item())
            val_accuracy.append((logits.argmax(1) == split.val.y).float().mean().item())
    return val_loss


def by_loader(split):
    """The same with DataLoader, as most tutorials have it, with the validation loss alone."""
    model, val_loss = network(), []
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    loader = DataLoader(TensorDataset(*split.train), BATCH, shuffle=True)
    for _ in range(EPOCHS):
        model.train()
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            val_loss.append(F.cross_entropy(model(split.val.x), split.val.y).item())
    return val_loss


def seconds(loop, split):
    began = time.process_time()
    loop(split)
    return time.process_time() - began


def main(rounds=15):
    torch.set_num_threads(1)
    split = data.split(data.digits(), seed=0)
    loops = {"course": by_course, "hand": by_hand, "loader": by_loader}
    times = {name: [] for name in loops}
    curves = {name: torch.tensor(loop(split)) for name, loop in loops.items()}  # warms up, too
    torch.testing.assert_close(curves["course"], curves["hand"])  # they do the same work
    for turn in range(rounds):
        names = list(loops)
        for name in names[turn % 3 :] + names[: turn % 3]:  # each goes first as often as the others
            times[name].append(seconds(loops[name], split))
    found = {
        "rounds": rounds, "median_cpu_seconds": {n: round(median(t), 4) for n, t in times.items()},
        "course_over_hand": round(median(times["course"]) / median(times["hand"]), 3),
        "course_over_loader": round(median(times["course"]) / median(times["loader"]), 3),
        "bound": BOUND, **results.provenance(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=1)
    (RESULTS / "training_loop.json").write_text(f"{text}\n", encoding="utf-8")
    print(text)
    return found["course_over_hand"]


if __name__ == "__main__":
    ratio = main(*map(int, sys.argv[1:]))
    print(f"the course's loop takes {ratio} times the hand-written loop's CPU time")
