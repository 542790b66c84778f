"""Widgets: the page's JavaScript computes what PyTorch computes, and the pictures are fresh."""

import pytest
import torch
import torch.nn.functional as F

from course_utils.widgets import static
from course_utils.widgets.activation_explorer import FUNCTIONS, ActivationExplorer

LIBRARY = {
    "relu": torch.relu, "leaky relu": F.leaky_relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    "gelu": F.gelu,
}
POINTS = [-30.0, -6.5, -4.0, -2.6, -2.4, -1.0, -0.3, -1e-4, 1e-4, 0.7, 1.0, 2.5, 3.6, 6.5, 30.0]
MOST_BYTES = 15_000


def test_the_functions_are_the_same_everywhere():
    assert tuple(static.call("Object.keys(FUNCTIONS)")) == FUNCTIONS == tuple(LIBRARY)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_slopes_are_pytorchs(name):
    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    value = LIBRARY[name](x)
    (slope,) = torch.autograd.grad(value.sum(), x)
    for which, expected in (("f", value), ("df", slope)):
        found = torch.tensor(static.call(f"{POINTS}.map(FUNCTIONS['{name}'].{which})"),
                             dtype=torch.float64)
        torch.testing.assert_close(found, expected.detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("gain", [0.5, 1.4, 4.0])
def test_signal_and_gradient_through_the_layers_are_autograds(name, gain):
    made = static.call("(() => { const n = network(); return {"
                       "inputs: n.inputs.map((r) => Array.from(r)),"
                       "top: n.top.map((r) => Array.from(r)),"
                       "weights: n.weights.map((l) => l.map((r) => Array.from(r)))}; })()")
    inputs, top, weights = (torch.tensor(made[key], dtype=torch.float64)
                            for key in ("inputs", "top", "weights"))
    layers = [inputs.requires_grad_()]
    for weight in weights:
        layers.append(LIBRARY[name](gain * layers[-1] @ weight.T))
    gradients = torch.autograd.grad((layers[-1] * top).sum(), layers[:-1])
    traced = static.call(f"trace('{name}', {gain})")
    for found, expected in ((traced["signal"], layers[1:]), (traced["gradient"], gradients)):
        size = torch.stack([one.detach().square().mean().sqrt() for one in expected])
        torch.testing.assert_close(torch.tensor(found, dtype=torch.float64), size,
                                   rtol=1e-9, atol=1e-300)


def test_the_sentence_says_what_the_numbers_say():
    broken = static.call("sentence('sigmoid', 1, trace('sigmoid', 1), true)")
    assert "it has all but vanished" in broken
    assert "Broken on purpose" in broken
    assert "it arrives" in static.call("sentence('relu', 1.4, trace('relu', 1.4), false)")
    assert "it has exploded" in static.call("sentence('relu', 5, trace('relu', 5), false)")


def test_the_still_picture_is_fresh():
    assert static.TARGET.read_text() == static.picture(), (
        "run `python -m course_utils.widgets.static`"
    )


def test_the_python_side_starts_where_the_page_starts():
    defaults = static.call("DEFAULTS")
    widget = ActivationExplorer()
    assert {name: getattr(widget, name) for name in defaults} == defaults


def test_the_python_side_refuses_what_is_out_of_range():
    widget = ActivationExplorer()
    for name, value in (("function", "step"), ("x", 5.0), ("gain", 0.0)):
        with pytest.raises(Exception, match=name):
            setattr(widget, name, value)


def test_a_widget_is_light():
    for path in static.FOLDER.glob("*.js"):
        assert len(path.read_bytes()) <= MOST_BYTES, path.name
