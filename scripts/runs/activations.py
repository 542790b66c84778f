"""Test accuracy on digits of plain nets of growing depth, each activation at its own start."""

import torch
from torch import nn

from course_utils import data, training

DEPTHS = {"tiny": [2, 3], "cpu": [5, 10, 20, 30], "gpu": [5, 10, 20, 30, 50]}
SEEDS = {"tiny": [100], "cpu": [100, 101, 102, 103, 104], "gpu": list(range(100, 110))}
EPOCHS = {"tiny": 1, "cpu": 15, "gpu": 30}
ACTIVATIONS = {
    "relu": (nn.ReLU, lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")),
    "gelu": (nn.GELU, lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")),
    "tanh": (nn.Tanh, nn.init.xavier_normal_),
    "sigmoid": (nn.Sigmoid, lambda w: nn.init.xavier_normal_(w, gain=4)),
}


def plain_net(name, depth, width=64):
    """A net of `depth` hidden layers, (B, 64) -> (B, 10), zero biases, its own initialisation."""
    activation, initialise = ACTIVATIONS[name]
    layers = []
    for i in range(depth):
        layers += [nn.Linear(64 if i == 0 else width, width), activation()]
    model = nn.Sequential(*layers, nn.Linear(width, 10))
    for module in model:
        if isinstance(module, nn.Linear):
            initialise(module.weight)
            nn.init.zeros_(module.bias)
    return model


def accuracy(name, depth, seed, epochs):
    """Test accuracy after training on standardised digits with Adam at 1e-3."""
    x, y = data.digits()
    x = (x - x.mean(0)) / (x.std(0) + 1e-3)
    split = data.split(data.Labelled(x, y), seed=seed)
    training.seed_everything(seed)
    model = plain_net(name, depth)
    config = training.TrainConfig(epochs=epochs, lr=1e-3, optimizer="adam", seed=seed)
    training.train(model, split, config)
    return training.evaluate(model, split.test)["accuracy"]


def measure(preset):
    """Return the seeds, and accuracies as {activation: {depth: one number a seed}}."""
    torch.set_num_threads(1)
    seeds, epochs = SEEDS[preset], EPOCHS[preset]
    values = {}
    for name in ACTIVATIONS:
        values[name] = {}
        for depth in DEPTHS[preset]:
            values[name][depth] = [round(accuracy(name, depth, s, epochs), 4) for s in seeds]
            print(f"  {name:<8} {depth:>3} layers: {values[name][depth]}", flush=True)
    return seeds, {"epochs": epochs, "accuracy": values}
