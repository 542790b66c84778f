"""The training loop: what it keeps, what it leaves alone, and what it says when it cannot."""

import math

import pytest
import torch
from torch import nn

from course_utils import data, training


@pytest.fixture
def split():
    return data.split(data.digits(), seed=0)


def net(seed=0):
    training.seed_everything(seed)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 10))


def config(**changes):
    return training.TrainConfig(**{"epochs": 3, "device": "cpu", **changes})


def test_it_learns_and_keeps_a_history(split):
    history = training.train(net(), split, config(epochs=8))
    assert {len(values) for values in history.values()} == {8}
    assert history["val_loss"][-1] < 0.5 < history["val_loss"][0]
    assert history["val_accuracy"][-1] > 0.85
    assert history["seconds"] == sorted(history["seconds"])


def test_the_same_seeds_give_the_same_history(split):
    first, second = (training.train(net(), split, config())["val_loss"] for _ in range(2))
    assert first == second


def test_one_epoch_is_the_loop_that_one_writes(split):
    ours, theirs = (nn.Linear(64, 10) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    training.train(ours, split, config(epochs=1, optimizer="sgd", lr=0.1, seed=5))
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    for x, y in data.batches(split.train, 64, shuffle=True, seed=5):
        optimizer.zero_grad()
        nn.functional.cross_entropy(theirs(x), y).backward()
        optimizer.step()
    torch.testing.assert_close(ours.weight, theirs.weight)


def test_the_training_loss_is_the_mean_over_examples(split):
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    loader = data.batches(split.train, 100)  # the last batch is smaller
    loss = training.train_epoch(model, loader, optimizer)
    whole = nn.functional.cross_entropy(model(split.train.x), split.train.y).item()
    assert loss == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("was_training", [True, False])
def test_evaluation_drops_nothing_out_and_puts_the_mode_back(split, was_training):
    model = net().train(was_training)
    first, second = (training.evaluate(model, split.test) for _ in range(2))
    assert first == second
    assert model.training is was_training
    assert all(p.grad is None for p in model.parameters())


def test_evaluation_does_not_depend_on_the_batch_size(split):
    model = net()
    whole = training.evaluate(model, split.test, batch_size=10_000)
    parts = training.evaluate(model, split.test, batch_size=7)
    assert parts == pytest.approx(whole, rel=1e-5)


def test_targets_that_are_no_classes_have_no_accuracy():
    x = torch.randn(50, 3)
    pair = data.Labelled(x, x.sum(1, keepdim=True))
    scores = training.evaluate(nn.Linear(3, 1), pair, nn.functional.mse_loss)
    assert math.isnan(scores["accuracy"])
    assert scores["loss"] > 0


def test_a_loss_that_explodes_is_an_error_that_says_what_to_try(split):
    with pytest.raises(FloatingPointError, match=r"lr=1e\+30; try a rate ten times smaller"):
        training.train(net(), split, config(optimizer="sgd", lr=1e30))


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "adamw"])
def test_every_optimizer_takes_a_step(split, name):
    model = net()
    before = model[0].weight.clone()
    training.train(model, split, config(epochs=1, optimizer=name))
    assert not torch.equal(model[0].weight, before)


def test_an_unknown_optimizer_is_named(split):
    with pytest.raises(ValueError, match=r"adam.*got 'adma'"):
        training.train(net(), split, config(optimizer="adma"))


def test_bfloat16_computes_in_bfloat16():
    with training.use_precision("bfloat16"):
        assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype == torch.bfloat16
    with training.use_precision("float32"):
        assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype == torch.float32
    with pytest.raises(ValueError, match="got 'float8'"):
        training.use_precision("float8")


def test_the_preset_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("COURSE_PRESET", raising=False)
    assert training.by_preset(tiny=1, cpu=2, gpu=3) == 2
    assert training.by_preset(tiny=1, cpu=2, gpu=3, default="gpu") == 3
    monkeypatch.setenv("COURSE_PRESET", "tiny")
    assert training.by_preset(tiny=1, cpu=2, gpu=3, default="gpu") == 1
    monkeypatch.setenv("COURSE_PRESET", "huge")
    with pytest.raises(ValueError, match=r"tiny, cpu, gpu, got 'huge'"):
        training.preset()


def test_a_device_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    assert training.pick_device("cpu") == torch.device("cpu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="torch sees no GPU here"):
            training.pick_device("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_a_gpu_trains_to_the_same_level(split):
    scores = []
    for device in ("cpu", "cuda"):
        model = net()
        training.train(model, split, config(epochs=15, device=device))
        scores.append(training.evaluate(model, split.test)["accuracy"])
    assert scores[0] == pytest.approx(scores[1], abs=0.03)


def test_a_bar_shows_progress_only_when_it_is_asked_for(split, capsys):
    training.train(net(), split, config())
    assert capsys.readouterr().err == ""
    training.train(net(), split, config(progress=True))
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "val=" in shown
