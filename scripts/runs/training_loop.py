"""Validation loss on digits for nets of growing width, long past the point where it is flat."""

from torch import nn

from course_utils import data, training

WIDTHS = {"tiny": [8], "cpu": [32, 128, 512], "gpu": [32, 128, 512, 2048, 8192]}
SEEDS = {"tiny": [100], "cpu": [100, 101, 102, 103, 104], "gpu": list(range(100, 110))}
EPOCHS = {"tiny": 2, "cpu": 100, "gpu": 200}


def curve(width, seed, epochs):
    """Validation loss (nats) after each epoch, and the final test accuracy."""
    split = data.split(data.digits(), seed=seed)
    training.seed_everything(seed)
    model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
    config = training.TrainConfig(epochs=epochs, lr=0.1, optimizer="sgd", seed=seed)
    history = training.train(model, split, config)
    losses = [round(loss, 4) for loss in history["val_loss"]]
    return losses, training.evaluate(model, split.test)["accuracy"]


def measure(preset):
    """Return the seeds, and loss curves and test accuracies as {width: one entry a seed}."""
    seeds, epochs = SEEDS[preset], EPOCHS[preset]
    losses, accuracies = {}, {}
    for width in WIDTHS[preset]:
        runs = [curve(width, seed, epochs) for seed in seeds]
        losses[width] = [run[0] for run in runs]
        accuracies[width] = [round(run[1], 4) for run in runs]
        print(f"  width {width:>5}: {accuracies[width]}", flush=True)
    return seeds, {"epochs": epochs, "val_loss": losses, "test_accuracy": accuracies}
