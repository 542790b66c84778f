# ---
# title: Three cheap tasks
# ---

# %% [text]
# # Three cheap tasks
#
# An exercise for the attack suite: a function of a tensor, a step in place, a small training.

# %% [given] setup
import torch
from torch import nn

from course_utils.checks import check, forbid, raises, score
from course_utils.training import by_preset

steps = by_preset(tiny=40, cpu=40, gpu=60)

# %% [task] softmax difficulty=1 minutes=5 forbids="torch.softmax"
# # Softmax
# Write `softmax(x)` for a matrix; rows sum to one.
# Raise a ValueError that mentions "matrix" for anything else.
def softmax(x):
    """Each row of x as shares that sum to one."""
    ### BEGIN SOLUTION
    if x.dim() != 2:
        raise ValueError("softmax takes a matrix")
    shares = torch.exp(x - x.max(1, keepdim=True).values)
    return shares / shares.sum(1, keepdim=True)
    ### END SOLUTION

# %% [test] softmax points=6
x = torch.randn(4, 6, dtype=torch.float64)
expected = torch.softmax(x, 1)
with check("right", points=1):
    torch.testing.assert_close(softmax(x), expected)
with check("differentiable", points=1):
    leaf = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(softmax(leaf)[:, 0].sum(), leaf)
    (wanted,) = torch.autograd.grad(torch.softmax(leaf, 1)[:, 0].sum(), leaf)
    torch.testing.assert_close(gradient, wanted)
with check("refuses a vector", points=1), raises(ValueError, "matrix"):
    softmax(torch.zeros(3))
with check("written by hand", points=1):
    torch.testing.assert_close(softmax(x), expected)
    forbid(softmax, "torch.softmax")
### BEGIN HIDDEN TESTS
with check("right for many", points=2):
    assert all(map(lambda m: torch.allclose(softmax(m), torch.softmax(m, 1)),  # noqa: C417
                   torch.randn(20, 3, 5, dtype=torch.float64)))
### END HIDDEN TESTS
score()

# %% [task] step difficulty=1 minutes=5
# # A step
# Write `step(model, rate)`, which changes each parameter in place by minus rate times its gradient
# and returns how many numbers it changed.
def step(model, rate):
    """One step of gradient descent, in place."""
    ### BEGIN SOLUTION
    changed = 0
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= rate * parameter.grad
            changed += parameter.numel()
    return changed
    ### END SOLUTION

# %% [test] step points=4
model, x, y = nn.Linear(3, 2), torch.randn(8, 3), torch.randn(8, 2)
nn.functional.mse_loss(model(x), y).backward()
wanted = [(p - 0.1 * p.grad).detach() for p in model.parameters()]
gradients = [p.grad.clone() for p in model.parameters()]
with check("steps downhill", points=2) as c:
    step(c.inplace(model), 0.1)
    for parameter, value, gradient in zip(model.parameters(), wanted, gradients, strict=True):
        torch.testing.assert_close(parameter.detach(), value)
        torch.testing.assert_close(parameter.grad, gradient)
### BEGIN HIDDEN TESTS
with check("counts", points=2) as c:
    assert step(c.inplace(model), 0.0) == 8
### END HIDDEN TESTS
score()

# %% [task] fit difficulty=1 minutes=5
# # A small training
# Write `fit(x, y, steps)`, which returns an `nn.Linear` that predicts the label 0 or 1 of a row
# as the larger of two logits.
def fit(x, y, steps):
    """A trained linear classifier."""
    ### BEGIN SOLUTION
    model = nn.Linear(x.shape[1], 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model
    ### END SOLUTION

# %% [test] fit points=3
direction = torch.randn(12)
x = torch.randn(500, 12)
y = (x @ direction > 0).long()
with check("learns", points=3):
    trained = fit(x[:400], y[:400], steps)
    assert isinstance(trained, nn.Module)
    right = trained(x[400:]).argmax(1) == y[400:]
    assert right.float().mean() > 0.85, f"{right.float().mean():.2f} of new rows are right"
score()

# %% [written] words points=2
# Why do the rows sum to one?
#
# Rubric: 2: they are divided by their sum.
#
# Answer: They are divided by their sum.
