# ---
# title: Build the training loop
# ---

# %% [text]
# # Build the training loop
#
# You write each part of the loop of the chapter *The training loop*: the chain rule, the loss, one step, the whole loop.
# At the end you mend a loop that looks right and is not.
#
# Run the cells from top to bottom. Below each task is a cell that checks it and says what is missing;
# you can run it as often as you like, and nothing is lost when a check fails.
# Some points are checked only after you hand in.

# %% [given] setup
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course_utils import data, plotting
from course_utils.checks import attempt, check, forbid, operators_used, remote, score
from course_utils.training import by_preset, pick_device

plotting.use_style()
device = pick_device()
epochs = by_preset(tiny=40, cpu=40, gpu=100)

# %% [task] neuron_gradients difficulty=1 minutes=15 allows="+, -, *, torch.tanh" forbids="torch.autograd, backward"
# # Blame, by the chain rule
# One neuron predicts $\hat y = \tanh(wx + b)$, and its loss is $L = (\hat y - y)^2$.
# Write `neuron_gradients(w, b, x, y)`: it returns the pair $(\partial L/\partial w,\ \partial L/\partial b)$, from the formula.
#
# All four arguments are tensors of the same shape and type, whatever they are, one neuron per entry; so are both results.
# For example, at $w = 1$, $b = 0$, $x = 0$, $y = 1$ the prediction is 0, $\partial L/\partial b = -2$ and $\partial L/\partial w = 0$.
# Hint: Which three functions stand between w and the loss, and what is the slope of each?
# Hint: Write z = wx + b and p = tanh(z), and multiply the slopes of (p - y)² at p, of tanh at z, and of z at w.
# Hint: The slope of the loss at z is `2 * (p - y) * (1 - p ** 2)`; for w it is
#   multiplied by x, for b by 1.
def neuron_gradients(w, b, x, y):
    """Gradients of (tanh(w x + b) - y)² with respect to w and b, each of the arguments' shape."""
    ### BEGIN SOLUTION
    p = torch.tanh(w * x + b)
    slope = 2 * (p - y) * (1 - p**2)
    return slope * x, slope
    ### END SOLUTION

# %% [test] neuron_gradients points=4
w, b, x, y = torch.randn(4, 2, 3, dtype=torch.float64)
leaves = [w.clone().requires_grad_(), b.clone().requires_grad_()]
loss = ((torch.tanh(leaves[0] * x + leaves[1]) - y) ** 2).sum()
by_w, by_b = torch.autograd.grad(loss, leaves)
exactly = {"rtol": 1e-11, "atol": 1e-13}  # double precision: a right formula agrees to 1e-15
with check("the gradient of b", points=1, hint="The slope of z = wx + b with respect to b is 1."):
    torch.testing.assert_close(neuron_gradients(w, b, x, y)[1], by_b, **exactly)
with check("the gradient of w", points=1, hint="How fast does wx + b change with w?"):
    torch.testing.assert_close(neuron_gradients(w, b, x, y)[0], by_w, **exactly)
with check("from the formula", points=1, hint="Multiply the slopes yourself."):
    forbid(neuron_gradients, "torch.autograd", "torch.func", "backward")
    ran = operators_used(neuron_gradients, w, b, x, y)
    backward = [name for name in ran if name.endswith("_backward")]
    assert not backward, f"autograd ran, torch's own {backward[0]}: this task asks for the formula"
### BEGIN HIDDEN TESTS
far = torch.tensor([30.0, -30.0], dtype=torch.float64)
zero = torch.zeros(2, dtype=torch.float64)
with check("a saturated neuron gets no blame", points=1,
           hint="Which factor vanishes where tanh is flat?"):
    for gradient in neuron_gradients(far, zero, zero + 1, zero + 0.5):
        torch.testing.assert_close(gradient, zero)
### END HIDDEN TESTS
score()

# %% [wrong] neuron_gradients forgets-the-slope-of-tanh kills="the gradient of b, the gradient of w, a saturated neuron gets no blame" says="tanh|flat"
# Treats the neuron as linear: the slope of the nonlinearity is missing.
def neuron_gradients(w, b, x, y):
    p = torch.tanh(w * x + b)
    return 2 * (p - y) * x, 2 * (p - y)

# %% [wrong] neuron_gradients forgets-x kills="the gradient of w" says="change with w"
# Gives the weight the same blame as the bias.
def neuron_gradients(w, b, x, y):
    p = torch.tanh(w * x + b)
    slope = 2 * (p - y) * (1 - p**2)
    return slope, slope

# %% [wrong] neuron_gradients wrong-sign kills="the gradient of b, the gradient of w" says="slope"
# Subtracts the prediction from the target: descends uphill.
def neuron_gradients(w, b, x, y):
    p = torch.tanh(w * x + b)
    slope = 2 * (y - p) * (1 - p**2)
    return slope * x, slope

# %% [wrong] neuron_gradients forgets-the-two kills="the gradient of b, the gradient of w" says="slope"
# Differentiates the square without the factor two.
def neuron_gradients(w, b, x, y):
    p = torch.tanh(w * x + b)
    slope = (p - y) * (1 - p**2)
    return slope * x, slope

# %% [wrong] neuron_gradients w-in-place-of-x kills="the gradient of w" says="change with w"
# Multiplies by the weight where the input belongs.
def neuron_gradients(w, b, x, y):
    p = torch.tanh(w * x + b)
    slope = 2 * (p - y) * (1 - p**2)
    return slope * w, slope

# %% [wrong] neuron_gradients slope-at-the-wrong-place kills="the gradient of b, the gradient of w, a saturated neuron gets no blame" says="slope"
# Evaluates the slope of tanh at the prediction instead of at its input.
def neuron_gradients(w, b, x, y):
    p = torch.tanh(w * x + b)
    slope = 2 * (p - y) * (1 - torch.tanh(p) ** 2)
    return slope * x, slope

# %% [wrong] neuron_gradients swapped kills="the gradient of b, the gradient of w" says="slope"
# Returns the two in the wrong order.
def neuron_gradients(w, b, x, y):
    p = torch.tanh(w * x + b)
    slope = 2 * (p - y) * (1 - p**2)
    return slope, slope * x

# %% [wrong] neuron_gradients autograd kills="from the formula" says="yourself"
# Lets autograd do it.
def neuron_gradients(w, b, x, y):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    loss = ((torch.tanh(w * x + b) - y) ** 2).sum()
    return torch.autograd.grad(loss, (w, b))

# %% [wrong] neuron_gradients by-differences kills="the gradient of b, the gradient of w" says="slope"
# Moves w and b a little instead of differentiating.
def neuron_gradients(w, b, x, y):
    def loss(w, b):
        return (torch.tanh(w * x + b) - y) ** 2

    h = 1e-5
    return (loss(w + h, b) - loss(w - h, b)) / (2 * h), (loss(w, b + h) - loss(w, b - h)) / (2 * h)

# %% [wrong] neuron_gradients autograd-by-another-name kills="from the formula" says="yourself"
# Finds another door to autograd.
def neuron_gradients(w, b, x, y):
    from torch.autograd.functional import vjp

    return vjp(lambda w, b: (torch.tanh(w * x + b) - y) ** 2, (w, b), torch.ones_like(x))[1]

# %% [wrong] neuron_gradients autograd-as-a-transform kills="from the formula" says="tanh_backward|yourself"
# Takes the gradient from another package, which asks autograd.
def neuron_gradients(w, b, x, y):
    import functorch

    return functorch.grad(lambda w, b: ((torch.tanh(w * x + b) - y) ** 2).sum(), (0, 1))(w, b)

# %% [wrong] neuron_gradients backward-in-disguise kills="from the formula" says="tanh_backward|yourself"
# Puts the name of the forbidden method together.
def neuron_gradients(w, b, x, y):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    getattr(((torch.tanh(w * x + b) - y) ** 2).sum(), "back" + "ward")()
    return w.grad, b.grad

# %% [wrong] neuron_gradients one-row-only kills="the gradient of b, the gradient of w, from the formula" says="slope|change with w|yourself"
# Loops over the first axis as if there were no other.
def neuron_gradients(w, b, x, y):
    by_w, by_b = [], []
    for i in range(len(w)):
        p = math.tanh(w[i] * x[i] + b[i])
        by_b.append(2 * (p - float(y[i])) * (1 - p * p))
        by_w.append(by_b[-1] * float(x[i]))
    return torch.tensor(by_w, dtype=w.dtype), torch.tensor(by_b, dtype=w.dtype)

# %% [alternative] neuron_gradients names-like-the-library
# A variable called as a forbidden function is the student's own.
def neuron_gradients(w, b, x, y):
    """Needs no backward."""
    p = torch.tanh(w * x + b)
    backward = 2 * (p - y) * (1 - p) * (1 + p)
    return x * backward, backward

# %% [alternative] neuron_gradients a-neuron-with-a-backward
# A class of one's own, whose method is called as the library's.
class Neuron:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x, self.p = x, torch.tanh(self.w * x + self.b)
        return self.p

    def backward(self, by_p):
        by_z = by_p * (1 - self.p**2)
        return by_z * self.x, by_z

def neuron_gradients(w, b, x, y):
    neuron = Neuron(w, b)
    error = neuron.forward(x) - y
    return neuron.backward(2 * error)

# %% [alternative] neuron_gradients by-cosh
# Writes the slope of tanh as 1 / cosh².
def neuron_gradients(w, b, x, y):
    z = w * x + b
    blame = 2.0 * (z.tanh() - y) / z.cosh().pow(2)
    return [x * blame, blame]

# %% [alternative] neuron_gradients entry-by-entry
# One neuron at a time, with plain numbers.
def neuron_gradients(w, b, x, y):
    by_w, by_b = torch.zeros_like(w), torch.zeros_like(b)
    for i in range(w.numel()):
        p = math.tanh(w.flatten()[i].item() * x.flatten()[i].item() + b.flatten()[i].item())
        slope = 2 * (p - y.flatten()[i].item()) * (1 - p * p)
        by_b.view(-1)[i] = slope
        by_w.view(-1)[i] = slope * x.flatten()[i].item()
    return by_w, by_b

# %% [task] cross_entropy difficulty=2 minutes=20 allows="exp, log, max, sum, mean, indexing" forbids="torch.nn.functional.cross_entropy, nll_loss, torch.logsumexp, torch.log_softmax, torch.softmax, softmin, torch.distributions and their layers"
# # Cross-entropy that survives large logits
# Write `cross_entropy(logits, y)`: the mean over the batch of $-\ln p_y$, in nats, where $p$ is the softmax of a row of `logits`.
#
# `logits` has shape (B, K), `y` holds B class numbers; the result is a tensor with a single number.
# It must be right for logits of 1000 as well: with two classes and logits 1000 and 0, the loss of class 0 is 0 and that of class 1 is 1000.
# Gradients must flow through it.
# Hint: What is $e^{1000}$ in floating point, and what happens when it is divided by itself?
# Hint: Subtracting the same number from all logits of a row does not change its softmax. Which number makes every exponent at most zero?
# Hint: Let z be the logits less `logits.max(1, keepdim=True).values`; the loss of a row is the logarithm of
#   the sum of `z.exp()`, less the entry of z at the right class.
def cross_entropy(logits, y):
    """Mean cross-entropy in nats; logits (B, K), y (B,) of class numbers -> scalar tensor."""
    ### BEGIN SOLUTION
    z = logits - logits.max(1, keepdim=True).values  # (B, K), at most 0
    log_sum = z.exp().sum(1).log()  # (B,)
    return (log_sum - z[torch.arange(len(y)), y]).mean()
    ### END SOLUTION

# %% [test] cross_entropy points=6
logits, y = torch.randn(8, 5) * 3, torch.randint(5, (8,))
y[0] = (logits[0].argmax() + 1) % 5

def same(told, expected):
    torch.testing.assert_close(told, torch.as_tensor(expected), check_dtype=False)

with check("equal logits give ln K", points=1, hint="Is it the mean over the batch, in nats?"):
    same(cross_entropy(torch.zeros(8, 5), y), math.log(5.0))
with check("agrees with the definition", points=1,
           hint="Which class's logit is subtracted, and over which axis is the sum?"):
    probs = logits.exp() / logits.exp().sum(1, keepdim=True)
    same(cross_entropy(logits, y), -probs[torch.arange(8), y].log().mean())
with check("logits of 1000", points=1, hint="Subtract each row's maximum before the exponential."):
    large = torch.tensor([[1000.0, 0.0], [1000.0, 0.0]])
    same(cross_entropy(large, torch.tensor([0, 1])), 500.0)
with check("written by hand", points=1, hint="exp, log, max and sum are enough."):
    forbid(cross_entropy, "F.cross_entropy", "nn.CrossEntropyLoss", "F.nll_loss", "nn.NLLLoss",
           "torch.logsumexp", "F.log_softmax", "nn.LogSoftmax", "torch.softmax", "nn.Softmax",
           "F.softmin", "nn.Softmin", "torch.distributions", "torch.logcumsumexp",
           "F.scaled_dot_product_attention")
    ran = operators_used(cross_entropy, logits, y)
    ready = [name.strip("_") for name in ran if "softmax" in name or "sumexp" in name]
    assert not ready, f"torch's own {ready[0]} ran: this task asks you to write it yourself"
### BEGIN HIDDEN TESTS
with check("rows of very different size", points=1,
           hint="Subtract the maximum of each row, not of the whole batch."):
    rows = torch.tensor([[1000.0, 999.0, -1000.0, -1000.0], [-1000.0, -1001.0, -2000.0, -2000.0]])
    expected = (math.log(1 + math.e) + math.log(1 + 1 / math.e)) / 2
    rows.requires_grad_()
    loss = cross_entropy(rows, torch.tensor([1, 0]))
    assert abs(float(loss) - expected) < 1e-3, f"expected {expected:.3f}, got {float(loss):.3f}"
with check("a gradient comes back", points=1,
           hint="Stay with tensors: .item(), .numpy() and .detach() cut the graph."):
    leaf = logits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(leaf, y), leaf)
    probs = logits.exp() / logits.exp().sum(1, keepdim=True)
    torch.testing.assert_close(gradient, (probs - torch.eye(5)[y]) / 8)
    (gradient,) = torch.autograd.grad(loss, rows)
    assert gradient.isfinite().all(), "at logits of 1000 the gradient is not finite"
### END HIDDEN TESTS
score()

# %% [wrong] cross_entropy no-maximum kills="logits of 1000, rows of very different size, a gradient comes back" says="maximum"
# The formula as it stands in the book, which overflows.
def cross_entropy(logits, y):
    p = logits.exp() / logits.exp().sum(1, keepdim=True)
    return -p[torch.arange(len(y)), y].log().mean()

# %% [wrong] cross_entropy sum-not-mean kills="equal logits give ln K, agrees with the definition, logits of 1000, rows of very different size, a gradient comes back" says="mean over the batch"
# Adds the losses of the batch up.
def cross_entropy(logits, y):
    z = logits - logits.max(1, keepdim=True).values
    return (z.exp().sum(1).log() - z[torch.arange(len(y)), y]).sum()

# %% [wrong] cross_entropy maximum-of-the-batch kills="rows of very different size, a gradient comes back" says="each row"
# Subtracts one maximum for the whole batch: a row far below it underflows.
def cross_entropy(logits, y):
    z = logits - logits.max()
    return (z.exp().sum(1).log() - z[torch.arange(len(y)), y]).mean()

# %% [wrong] cross_entropy log-of-clamped kills="logits of 1000" says="maximum"
# Stops the infinity by a small number under the logarithm, and so gets large losses wrong.
def cross_entropy(logits, y):
    z = logits - logits.max(1, keepdim=True).values
    p = z.exp() / z.exp().sum(1, keepdim=True)
    return -(p[torch.arange(len(y)), y] + 1e-12).log().mean()

# %% [wrong] cross_entropy base-two kills="equal logits give ln K, agrees with the definition, logits of 1000, rows of very different size, a gradient comes back" says="nats"
# Measures in bits.
def cross_entropy(logits, y):
    z = logits - logits.max(1, keepdim=True).values
    nats = z.exp().sum(1).log() - z[torch.arange(len(y)), y]
    return nats.mean() / math.log(2)

# %% [wrong] cross_entropy softmax-over-the-batch kills="equal logits give ln K, agrees with the definition, logits of 1000, rows of very different size, a gradient comes back" says="axis"
# Normalises over the batch instead of the classes.
def cross_entropy(logits, y):
    z = logits - logits.max(0, keepdim=True).values
    return (z.exp().sum(0).log()[y] - z[torch.arange(len(y)), y]).mean()

# %% [wrong] cross_entropy cuts-the-graph kills="a gradient comes back" says="graph"
# Returns a new tensor that autograd knows nothing of.
def cross_entropy(logits, y):
    z = logits - logits.max(1, keepdim=True).values
    loss = (z.exp().sum(1).log() - z[torch.arange(len(y)), y]).mean()
    return torch.tensor(loss.item())

# %% [wrong] cross_entropy library kills="written by hand" says="yourself"
# Calls the library's own.
def cross_entropy(logits, y):
    return F.cross_entropy(logits, y)

# %% [wrong] cross_entropy all-classes kills="equal logits give ln K, agrees with the definition, logits of 1000, rows of very different size, a gradient comes back" says="Which class"
# Averages over all classes instead of taking the right one.
def cross_entropy(logits, y):
    z = logits - logits.max(1, keepdim=True).values
    return (z.exp().sum(1, keepdim=True).log() - z).sum(1).mean()

# %% [wrong] cross_entropy library-layer kills="written by hand" says="yourself"
# Calls the library's log-softmax as a layer.
def cross_entropy(logits, y):
    return -nn.LogSoftmax(1)(logits)[torch.arange(len(y)), y].mean()

# %% [wrong] cross_entropy library-in-disguise kills="written by hand" says="log_softmax ran|yourself"
# Puts the name of the forbidden function together.
def cross_entropy(logits, y):
    return -getattr(torch, "log_soft" + "max")(logits, 1)[torch.arange(len(y)), y].mean()

# %% [wrong] cross_entropy library-by-a-search kills="written by hand" says="logsumexp ran|yourself"
# Finds the forbidden function by a search through torch.
def cross_entropy(logits, y):
    (name,) = [one for one in dir(torch) if one.startswith("logsum")]
    return (vars(torch)[name](logits, 1) - logits[torch.arange(len(y)), y]).mean()

# %% [alternative] cross_entropy put-back
# Adds the maximum back to the logarithm, and says log_softmax to its own variable.
def cross_entropy(logits, y):
    m = logits.amax(-1, keepdim=True)
    log_softmax = logits - (m + (logits - m).exp().sum(-1, keepdim=True).log())
    return -log_softmax[range(len(y)), y].mean()

# %% [alternative] cross_entropy in-double
# Computes, and returns, in double precision.
def cross_entropy(logits, y):
    z = logits.double()
    z = z - z.amax(1, keepdim=True)
    return (z.exp().sum(1).log() - z[torch.arange(len(y)), y]).mean()

# %% [alternative] cross_entropy one-hot
# Picks the right class by a product with one-hot rows.
def cross_entropy(logits, y):
    z = logits - logits.amax(1, keepdim=True)
    one_hot = torch.eye(logits.shape[1], dtype=logits.dtype, device=logits.device)[y]
    return ((z.exp().sum(1).log()) - (z * one_hot).sum(1)).mean()

# %% [alternative] cross_entropy gather-and-detach
# Detaches the maximum, gathers, and divides by the number of rows.
def cross_entropy(logits, y):
    m = logits.max(dim=1, keepdim=True)[0].detach()
    log_p = logits - m - torch.log(torch.exp(logits - m).sum(dim=1, keepdim=True))
    return -log_p.gather(1, y.unsqueeze(1)).sum() / logits.shape[0]

# %% [alternative] cross_entropy loop
# Row by row, as differences to the right logit.
def cross_entropy(logits, y):
    losses = []
    for row, label in zip(logits, y):
        d = row - row[label]
        top = d.max()
        losses.append(top + (d - top).exp().sum().log())
    return torch.stack(losses).mean()

# %% [task] training_step difficulty=2 minutes=20 allows="backward, model.parameters(), torch.no_grad" forbids="torch.optim"
# # One step
# Write `training_step(model, x, y, lr)`: it computes the mean cross-entropy of `model` on the batch, and moves every parameter
# by `-lr` times its gradient, in place. It returns the loss *before* the move, as a Python number.
#
# The gradients of earlier steps must not count, whoever left them there: `p.grad` may hold something when you are called.
# `x` has shape (B, ...), `y` (B,); `model` is any module, in training mode, and stays in it. You may use `F.cross_entropy` here, and no optimizer.
# Hint: What does `backward()` do to a `p.grad` that is not empty?
# Hint: Four things in this order: old gradients away, loss, backward, move. The move must not be recorded by autograd.
# Hint: `with torch.no_grad(): p -= lr * p.grad` moves a parameter in place,
#   for each `p` of `model.parameters()`.
def training_step(model, x, y, lr):
    """One step of gradient descent on the batch; returns the loss before it, a float in nats."""
    ### BEGIN SOLUTION
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()
    ### END SOLUTION

# %% [test] training_step points=6
def small_net():
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))

def expected_step(model, x, y, lr):
    """The loss before a step and the parameters after it, without touching the model."""
    loss = F.cross_entropy(model(x), y)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    return loss.item(), [(p - lr * g).detach() for p, g in zip(model.parameters(), gradients)]

x, y = torch.randn(12, 6), torch.randint(3, (12,))
with check("moves against the gradient", points=1,
           hint="p minus lr times p.grad, for every parameter, in place.") as c:
    model = small_net()
    parameters = list(model.parameters())
    loss, moved = expected_step(model, x, y, 0.3)
    training_step(c.inplace(model), x, y, 0.3)
    for p, q in zip(parameters, moved):
        torch.testing.assert_close(p.detach(), q)
with check("returns the loss before the move", points=1,
           hint="Compute it once, before you move, and return loss.item().") as c:
    model = small_net()
    loss, _ = expected_step(model, x, y, 0.3)
    told = training_step(c.inplace(model), x, y, 0.3)
    assert told is not None, "nothing is returned"
    assert isinstance(told, float), f"a Python number was asked for, got {type(told).__name__}"
    assert abs(told - loss) < 1e-5, (
        f"the loss before the move is {loss:.4f}, returned was {told:.4f}")
with check("a second step stands on its own", points=1,
           hint="backward() adds to p.grad: clear it in every step.") as c:
    model = small_net()
    for _ in range(2):
        _, moved = expected_step(model, x, y, 0.3)
        training_step(c.inplace(model), x, y, 0.3)
    for p, q in zip(model.parameters(), moved):
        torch.testing.assert_close(p.detach(), q)
with check("no optimizer", points=1, hint="p -= lr * p.grad is the whole optimizer.") as c:
    training_step(c.inplace(small_net()), x, y, 0.1)
    forbid(training_step, "torch.optim", "SGD", "Adam")
### BEGIN HIDDEN TESTS
def step_among_others(training_step, images, y, lr):
    """Parameters after a step of a model with layers in layers and old gradients, as they are and as they should be."""
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Conv1d(4, 1, 1), nn.Flatten(), small_net(), nn.LayerNorm(3))
            self.scale = nn.Parameter(torch.full((3,), 5.0))
            self.again = nn.LayerNorm(3)
            self.again.weight = self.layers[-1].weight
            self.modes = []

        def forward(self, x):
            self.modes.append(self.training)
            return self.scale * self.again(self.layers(x))

    model = Scaled()
    nn.init.constant_(model.again.weight, 6.0)
    parameters = list(model.parameters())
    _, moved = expected_step(model, images, y, lr)
    for p in parameters:
        p.grad = torch.ones_like(p)
    training_step(model, images, y, lr)
    return [p.detach() for p in parameters], moved, [*model.modes[1:], model.training]

with check("any model and any rate", points=1,
           hint="Every parameter of model.parameters(), by lr, and old gradients count for nothing."):
    torch.manual_seed(0)
    after, moved, training = remote(
        step_among_others, training_step, torch.randn(12, 4, 6), y, 0.02)
    torch.testing.assert_close(after, moved)
    assert all(training), "the model was put into evaluation mode"
with check("twenty steps bring the loss down", points=1,
           hint="Follow the loss over several steps on the same batch.") as c:
    torch.manual_seed(0)
    model = small_net()
    before = F.cross_entropy(model(x), y).item()
    for _ in range(20):
        training_step(c.inplace(model), x, y, 0.3)
    after = F.cross_entropy(model(x), y).item()
    assert after < before - 0.1, f"the loss went from {before:.3f} to {after:.3f}"
### END HIDDEN TESTS
score()

# %% [wrong] training_step never-clears kills="a second step stands on its own, any model and any rate" says="adds to p.grad"
# Forgets that gradients accumulate.
def training_step(model, x, y, lr):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()

# %% [wrong] training_step clears-too-late kills="moves against the gradient, a second step stands on its own, twenty steps bring the loss down, any model and any rate" says="p.grad"
# Clears between backward and the move, so nothing moves.
def training_step(model, x, y, lr):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    for p in model.parameters():
        p.grad.zero_()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()

# %% [wrong] training_step uphill kills="moves against the gradient, a second step stands on its own, twenty steps bring the loss down, any model and any rate" says="minus"
# Adds the gradient.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p += lr * p.grad
    return loss.item()

# %% [wrong] training_step rebinds-the-name kills="moves against the gradient, a second step stands on its own, twenty steps bring the loss down, any model and any rate" says="in place"
# Makes new tensors and leaves the model's as they are.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    for p in model.parameters():
        p = p - lr * p.grad
    return loss.item()

# %% [wrong] training_step loss-after kills="returns the loss before the move" says="before"
# Returns the loss after the move.
def training_step(model, x, y, lr):
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return F.cross_entropy(model(x), y).item()

# %% [wrong] training_step returns-nothing kills="returns the loss before the move" says="nothing is returned"
# Forgets the return.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad

# %% [wrong] training_step returns-a-tensor kills="returns the loss before the move" says="Python number|got Tensor"
# Returns the tensor.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.detach()

# %% [wrong] training_step weights-only kills="moves against the gradient, a second step stands on its own, any model and any rate" says="every parameter"
# Moves matrices and forgets the biases.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim > 1:
                p -= lr * p.grad
    return loss.item()

# %% [wrong] training_step an-optimizer kills="no optimizer" says="yourself"
# Uses torch.optim.
def training_step(model, x, y, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()

# %% [wrong] training_step clears-afterwards-only kills="any model and any rate" says="old gradients"
# Leaves a clean table, and trusts that it finds one.
def training_step(model, x, y, lr):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    model.zero_grad()
    return loss.item()

# %% [wrong] training_step rate-of-the-example kills="any model and any rate" says="by lr"
# Takes the rate of the visible test instead of the argument.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= 0.3 * p.grad
    return loss.item()

# %% [wrong] training_step new-parameters kills="moves against the gradient, any model and any rate" says="in place"
# Puts new parameters into the model, so that whoever holds the old ones sees nothing.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    for module in model.modules():
        for name, p in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter((p - lr * p.grad).detach()))
    return loss.item()

# %% [wrong] training_step vectors-only kills="any model and any rate" says="Every parameter"
# Reshapes the inputs to rows of six numbers.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x.reshape(-1, 6)), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()

# %% [wrong] training_step linear-layers-only kills="any model and any rate" says="Every parameter"
# Expects a Sequential of linear layers.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, nn.Linear):
                layer.weight -= lr * layer.weight.grad
                layer.bias -= lr * layer.bias.grad
    return loss.item()

# %% [wrong] training_step clipped kills="any model and any rate" says="by lr"
# Shortens long gradients.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()

# %% [wrong] training_step in-evaluation-mode kills="any model and any rate" says="evaluation mode"
# Switches dropout off and leaves it so.
def training_step(model, x, y, lr):
    model.eval()
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()

# %% [alternative] training_step autograd-grad
# Asks autograd for the gradients and never touches p.grad.
def training_step(model, x, y, lr):
    parameters = list(model.parameters())
    loss = F.cross_entropy(model(x), y)
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.data.sub_(lr * g)
    return float(loss)

# %% [alternative] training_step clears-afterwards-and-before
# Clears by None, moves by data.
def training_step(model, x, y, lr):
    for p in model.parameters():
        p.grad = None
    loss = nn.CrossEntropyLoss()(model(x), y)
    loss.backward()
    for p in model.parameters():
        p.data = p.data - lr * p.grad
        p.grad = None
    return loss.item()

# %% [text]
# ## The digits
#
# The next cell loads 1797 real handwritten digits and splits them at random; your loop gets the training part.
# The accuracy is measured on test images with a little noise, and with the classes' numbers exchanged, so that nobody can look the answers up.

# %% [given] digits
digits = data.digits()                       # x (1797, 64) in [0, 1], y (1797,)

def new_net():
    """An untrained network for digits, (B, 64) -> logits (B, 10)."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)

def learns(parameters):
    """For the checks: a list that grows whenever p.grad holds more than the gradients since p last moved."""
    stale = []

    def watch(p):
        state = {}

        def passing(gradient):
            if "at" not in state or not torch.equal(state["at"], p.detach()):
                state.update(at=p.detach().clone(), total=0)
            state.update(gradient=gradient.clone(), total=state["total"] + gradient)

        def added(p):
            if not any(torch.allclose(p.grad, state[k], atol=1e-6) for k in ("gradient", "total")):
                stale.append(1)

        p.register_hook(passing)
        p.register_post_accumulate_grad_hook(added)

    for p in parameters:
        watch(p)
    return stale

# %% [task] train difficulty=2 minutes=25 allows="anything in torch, your own functions, data.batches"
# # The whole loop
# Write `train(model, x, y, epochs, lr)`: it trains `model` in place on the examples `x` (N, 64) and `y` (N,), and returns a list
# with the mean cross-entropy of each epoch's batches, one Python number each. An epoch is one pass over all examples, in mini-batches, in a new random order.
#
# You choose the batch size, below 500, and may leave out an epoch's last batch where it is not full.
# You choose the optimizer too; its learning rate is `lr`, or grows with it. `model` comes in training mode and is trained in it.
# With `epochs=40` and `lr=0.1`, plain gradient descent in batches of 32 gets 96 % of the images right that were not trained on; 95 % are asked for.
# Hint: Which lines of your step run once per batch, and which once per epoch?
# Hint: `torch.randperm(len(x)).split(32)` gives the row numbers of the batches of one epoch.
# Hint: Two nested loops: over the epochs, and inside over the pieces of a fresh `torch.randperm(len(x))`,
#   with one step on `x[i]`, `y[i]` inside, and the mean of the losses appended after the inner loop.
def train(model, x, y, epochs, lr):
    """Train in place; x (N, 64), y (N,). Returns one mean loss (float, nats) per epoch."""
    ### BEGIN SOLUTION
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            model.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= lr * p.grad
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history
    ### END SOLUTION

# %% [given] picture
with attempt("train"):
    examples = data.split(digits, seed=0).train
    history = train(new_net(), examples.x.to(device), examples.y.to(device), 10, 0.1)
    fig, ax = plt.subplots()
    plotting.curves(ax, range(1, 11), history, "train")
    ax.set(xlabel="epoch", ylabel="loss (nats)")
    plt.show()

# %% [test] train points=8
few = data.split(digits, seed=1).train
x, y = torch.randn(500, 64, device=device), torch.randint(10, (500,), device=device)
x[:, 0] = torch.arange(500) / 500

def recorded(train, x, y, epochs, lr):
    """The batches that a model learned from, whether always in training mode, how often p.grad held
    the gradients of earlier steps, and what train returned.

    A batch: the numbers of its examples, its loss, and the loss of all examples after it.
    The model's logits shrink and grow while it learns, so that at any rate losses fall and rise.
    """

    class Recorder(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(64, 10)
            self.batches, self.modes, self.seen = [], [], 0

        def forward(self, batch):
            out = self.net(batch) * (2 + math.sin(math.pi * self.seen / len(x)))
            logits, training = out.detach(), self.training
            if out.requires_grad:
                def learned(gradient):  # called in backward, so only for what is learned from
                    rows = torch.cdist(batch.detach(), x).argmin(1)
                    self.seen += len(rows)
                    loss, after = F.cross_entropy(logits, y[rows]), F.cross_entropy(self(x), y)
                    self.batches.append((rows.tolist(), loss.item(), after.item()))
                    self.modes.append(training)
                out.register_hook(learned)
            return out

    model = Recorder().to(x.device)
    nn.init.normal_(model.net.weight)
    stale = learns(model.parameters())
    history = train(model, x, y, epochs, lr)
    return model.batches, all(model.modes), len(stale), [float(loss) for loss in history]

def in_three(batches):
    """The batches of each of three epochs."""
    n = len(batches)
    assert n >= 3, (
        f"in three epochs the given model learned from {n} batches; was it a copy that did?")
    return [batches[k * n // 3:(k + 1) * n // 3] for k in range(3)]

with check("one loss per epoch that falls", points=1,
           hint="Append one number after each of the `epochs` passes over the data.") as c:
    torch.manual_seed(1)
    model = new_net()
    history = train(c.inplace(model), few.x.to(device), few.y.to(device), 6, 0.1)
    assert history is not None, "nothing is returned"
    assert len(history) == 6, f"six epochs give six losses, got {len(history)}"
    kinds = {type(history).__name__} | {type(loss).__name__ for loss in history}
    assert isinstance(history, list) and all(isinstance(loss, float) for loss in history), (
        f"a list of Python numbers was asked for, got {' and '.join(sorted(kinds))}")
    final = F.cross_entropy(model(few.x.to(device)), few.y.to(device)).item()
    assert history[-1] < 1.5 * final + 0.1, (
        f"the model's loss is {final:.3f} after the last epoch, returned was {history[-1]:.3f}")
    assert history[-1] < 0.9 * history[0], (
        f"from {history[0]:.2f} to {history[-1]:.2f} in six epochs: are old gradients cleared, "
        "and does the rate suit your optimizer?")
    sure = nn.Linear(64, 10).to(device)
    nn.init.normal_(sure.weight, std=1000)
    labels = sure(few.x.to(device)).argmax(1)
    history = train(c.inplace(sure), few.x.to(device), labels, 12, 0.0)
    assert len(history) == 12, (
        f"twelve epochs give twelve losses, however small; got {len(history)}")
with check("changes the model that it was given", points=1,
           hint="Train model itself, not a copy, and all its parameters.") as c:
    model = new_net()
    before = [p.detach().clone() for p in model.parameters()]
    train(c.inplace(model), few.x[:500].to(device), few.y[:500].to(device), 1, 0.1)
    stayed = sum(torch.equal(p.detach(), q) for p, q in zip(model.parameters(), before))
    assert stayed == 0, f"{stayed} of the {len(before)} parameters of the model are as before"
with check("a new order of all examples each epoch", points=1,
           hint="Draw one order of all examples inside the loop over epochs, and cut it into batches."):
    batches, training, stale, _ = remote(recorded, train, x, y, 3, 0.01)
    numbers = in_three([rows for rows, *_ in batches])
    sizes = [len(rows) for epoch in numbers for rows in epoch]
    assert sum(sizes) <= 1500, (
        f"three epochs have 1500 examples, it learned from {sum(sizes)}: are there more epochs?")
    assert max(sizes) < 500, "a batch holds all examples: cut them into mini-batches"
    first, second, _ = orders = [sum(epoch, []) for epoch in numbers]
    for order in orders:
        assert len(set(order)) == len(order), "in one epoch, some examples came more than once"
        rest = 500 % max(sizes) if min(sizes) == max(sizes) else 0
        assert len(order) in (500, 500 - rest), (
            f"an epoch went through {len(order)} of 500 examples; "
            "only a last batch that is not full may be left out")
    assert first != sorted(first), "the examples came in the order of the file"
    assert first != second, "the second epoch's order is that of the first"
    sets = [set(map(frozenset, epoch)) for epoch in numbers]
    assert max(sizes) == 1 or sets[0] != sets[1], (
        "the second epoch has the batches of the first, in another order")
    assert not stale, "p.grad held the gradients of earlier steps"
    assert training, "the model was trained in evaluation mode"
with check("the mean of the epoch's losses", points=1,
           hint="Average over the batches of this epoch, and of no other; the rate is lr.") as c:
    torch.manual_seed(2)
    model = nn.Linear(64, 10).to(device)
    before = [p.detach().clone() for p in model.parameters()]
    train(c.inplace(model), x, y, 2, 0.0)
    assert all(torch.equal(p.detach(), q) for p, q in zip(model.parameters(), before)), (
        "at a learning rate of 0 the model moves")
    batches, _, _, history = remote(recorded, train, x, y, 3, 0.0)
    assert len(history) == 3, f"three epochs give three losses, got {len(history)}"
    for k, epoch in enumerate(in_three(batches)):
        by_batches = sum(loss for _, loss, _ in epoch) / len(epoch)
        examples = sum(len(rows) for rows, *_ in epoch)
        by_examples = sum(len(rows) * loss for rows, loss, _ in epoch) / examples
        # the mean of the batches or of their examples, or of all examples after the epoch
        means = (by_batches, by_examples, epoch[-1][2])
        assert min(abs(history[k] - mean) for mean in means) < 0.002 * by_batches, (
            f"the mean of the losses of epoch {k + 1} is {by_batches:.3f} nats, "
            f"returned was {history[k]:.3f}")
### BEGIN HIDDEN TESTS
with check("95 % on digits that it has not seen", points=4,
           hint="Does every batch of every epoch move the model's weights? "
                "Are old gradients cleared, and does the rate suit your optimizer?") as c:
    results = []
    for seed in range(3):
        torch.manual_seed(100 + seed)
        relabel = torch.randperm(10)
        split = data.split(digits, seed=100 + seed)
        model, labels = new_net(), relabel[split.train.y].to(device)
        train(c.inplace(model), split.train.x.to(device), labels, epochs, 0.1)
        noisy = (split.test.x + 0.05 * torch.randn(split.test.x.shape)).to(device)
        right = model(noisy).argmax(1).cpu() == relabel[split.test.y]
        results.append(right.float().mean().item())
    mean = sum(sorted(results)[1:]) / 2  # an unlucky last batch may spoil one of three
    # the bar of 95 % less two standard errors of 3 x 449 test images (0.6 points each)
    assert mean > 0.938, f"the mean of the better two of three splits is {mean:.1%}"
### END HIDDEN TESTS
score()

# %% [wrong] train one-batch-per-epoch kills="one loss per epoch that falls, a new order of all examples each epoch, 95 % on digits that it has not seen" says="of 500 examples"
# Takes a single batch in each epoch.
def train(model, x, y, epochs, lr):
    history = []
    for _ in range(epochs):
        i = torch.randperm(len(x))[:32]
        model.zero_grad()
        loss = F.cross_entropy(model(x[i]), y[i])
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        history.append(loss.item())
    return history

# %% [wrong] train full-batch kills="one loss per epoch that falls, a new order of all examples each epoch, 95 % on digits that it has not seen" says="mini-batches"
# One step per epoch on all examples.
def train(model, x, y, epochs, lr):
    history = []
    for _ in range(epochs):
        model.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        history.append(loss.item())
    return history

# %% [wrong] train never-shuffles kills="a new order of all examples each epoch" says="order of the file"
# Takes the batches in the order of the file.
def train(model, x, y, epochs, lr):
    history = []
    for _ in range(epochs):
        losses = []
        for xb, yb in zip(x.split(32), y.split(32)):
            model.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= lr * p.grad
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train losses-of-batches kills="one loss per epoch that falls, the mean of the epoch's losses" says="six losses"
# Appends every batch's loss.
def train(model, x, y, epochs, lr):
    history = []
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            model.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= lr * p.grad
            history.append(loss.item())
    return history

# %% [wrong] train trains-a-copy kills="changes the model that it was given, a new order of all examples each epoch, the mean of the epoch's losses, 95 % on digits that it has not seen" says="as before|was it a copy"
# Trains a new network and forgets the one it was given.
def train(model, x, y, epochs, lr):
    model = new_net()
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            model.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= lr * p.grad
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train sum-of-losses kills="one loss per epoch that falls, the mean of the epoch's losses" says="returned was"
# Adds the batches' losses up instead of averaging.
def train(model, x, y, epochs, lr):
    history = []
    for _ in range(epochs):
        total = 0.0
        for i in torch.randperm(len(x)).split(32):
            model.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= lr * p.grad
            total += loss.item()
        history.append(total)
    return history

# %% [wrong] train freezes-the-first-layer kills="changes the model that it was given" says="as before"
# Moves only the last layer.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.Adam(list(model.parameters())[-2:], lr=lr / 10)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train one-order-for-all kills="a new order of all examples each epoch" says="that of the first"
# Draws the order once.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    order = torch.randperm(len(x))
    for _ in range(epochs):
        losses = []
        for i in order.split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train same-seed-each-epoch kills="a new order of all examples each epoch" says="that of the first"
# Seeds the generator in every epoch, and so draws the same order.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        torch.manual_seed(0)
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train with-replacement kills="a new order of all examples each epoch" says="more than once"
# Draws each batch from all examples, so that some come twice and others never.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for _ in range(len(x) // 32):
            i = torch.randint(len(x), (32,))
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train half-of-the-examples kills="a new order of all examples each epoch" says="of 500 examples"
# Stops halfway through the order.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x))[:len(x) // 2].split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train last-loss kills="the mean of the epoch's losses" says="returned was"
# Returns the last batch's loss.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
        history.append(loss.item())
    return history

# %% [wrong] train divides-by-the-examples kills="the mean of the epoch's losses" says="returned was"
# Adds up means of batches and divides by the number of examples.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(x))
    return history

# %% [wrong] train error-rates kills="the mean of the epoch's losses" says="returned was"
# Returns the share of errors, which falls as well.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            logits = model(x[i])
            loss = F.cross_entropy(logits, y[i])
            loss.backward()
            optimizer.step()
            losses += (logits.argmax(1) != y[i]).tolist()
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train tensors kills="one loss per epoch that falls" says="Python numbers"
# Returns tensors.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        history.append(torch.stack(losses).mean())
    return history

# %% [wrong] train a-rate-of-its-own kills="the mean of the epoch's losses" says="rate of 0 the model moves"
# Takes Adam's usual rate, whatever lr is.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.Adam(model.parameters())
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train forty-epochs-always kills="one loss per epoch that falls, a new order of all examples each epoch, the mean of the epoch's losses" says="are there more epochs"
# Ignores the number of epochs and cuts the list.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(40):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history[:epochs]

# %% [wrong] train best-so-far kills="the mean of the epoch's losses" says="returned was"
# Returns the smallest loss so far, which never rises.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(min([sum(losses) / len(losses), *history]))
    return history

# %% [wrong] train never-empties-the-list kills="one loss per epoch that falls, the mean of the epoch's losses" says="of no other"
# Averages over all epochs so far: the curve is smooth, and late.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history, losses = [], []
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train stops-when-it-is-good kills="one loss per epoch that falls" says="however small"
# Leaves the loop where the loss is small.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
        if history[-1] < 0.05:
            break
    return history

# %% [wrong] train forgets-the-last-example kills="a new order of all examples each epoch" says="499 of 500 examples"
# Draws the order of all examples but the last.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x) - 1).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train shuffles-in-place kills="a new order of all examples each epoch, the mean of the epoch's losses" says="changed its input"
# Shuffles the caller's examples.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        order = torch.randperm(len(x))
        x.copy_(x[order])
        y.copy_(y[order])
        for i in torch.arange(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train in-evaluation-mode kills="a new order of all examples each epoch" says="evaluation mode"
# Trains with dropout switched off.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    model.eval()
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [wrong] train starts-anew kills="the mean of the epoch's losses" says="rate of 0 the model moves"
# Draws the model's weights again before it trains.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for layer in model.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [alternative] train large-batches
# Batches of 128: fewer steps, and still enough.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        losses = []
        for i in torch.randperm(len(x)).split(128):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history

# %% [alternative] train drops-the-rest
# Leaves the last batch out where it is not full, and weighs the losses by their batches.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        order, total, rows = torch.randperm(len(x)), 0.0, 0
        for k in range(0, len(x) - 49, 50):
            i = order[k:k + 50]
            loss = F.cross_entropy(model(x[i]), y[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, rows = total + loss.item() * len(i), rows + len(i)
        history.append(total / rows)
    return history

# %% [alternative] train adam-and-batches
# An optimizer of the library, and the course's batches.
def train(model, x, y, epochs, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr / 30)
    history = []
    for _ in range(epochs):
        total = 0.0
        for xb, yb in data.batches((x, y), 32, shuffle=True):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        history.append(total / len(x))
    return history

# %% [alternative] train momentum-and-loader
# A DataLoader, momentum, and smaller batches.
def train(model, x, y, epochs, lr):
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 16, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr / 2, momentum=0.5)
    history = []
    model.train()
    for _ in range(epochs):
        losses = []
        for xb, yb in loader:
            loss = nn.functional.cross_entropy(model(xb), yb)
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        history.append(torch.stack(losses).mean().item())
    return history

# %% [given] broken_loop
def broken_train(model, train_set, val_set, epochs, lr):
    """Looks right. Three lines are missing or wrong."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        for x, y in data.batches(train_set, 32, shuffle=True):
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits.argmax(0) == val_set.y[: logits.shape[1]]).float().mean().item())
    return history

# %% [task] mended_train difficulty=3 minutes=25 allows="anything in torch, data.batches"
# # Mend the loop
# `broken_train` above has three faults: two in training, one in the accuracy. None of them raises an error.
# Write `mended_train` with the same arguments: it trains `model` in place for `epochs` passes and returns the list of *validation accuracies*,
# one Python number after each epoch.
#
# `train_set` and `val_set` are pairs with `.x` (N, 64) and `.y` (N,). The model may contain dropout, which must be active in training
# and off when accuracy is measured; when `mended_train` is called, the model may be in either mode. `lr` stays the learning rate, and batches stay at 32 examples.
# Hint: Go through the loop for the second epoch instead of the first. What is different from the first?
# Hint: Look for what is added up and never cleared, for a mode that is set and never set back, and for the axis of the classes.
# Hint: `optimizer.zero_grad()` in each step, `model.train()` at the start of each epoch,
#   and `logits.argmax(1)` over all of `val_set`.
def mended_train(model, train_set, val_set, epochs, lr):
    """Train in place; returns the validation accuracy, a number from 0 to 1, after each epoch."""
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits.argmax(1) == val_set.y).float().mean().item())
    return history
    ### END SOLUTION

# %% [test] mended_train points=6
def watched(mended_train, train_set, val_set, epochs, training):
    """What a net with dropout sees: rows learned from, rows measured on, and the sums in p.grad;
    and the accuracies that are returned. In evaluation mode it says class k after k epochs."""

    class Watched(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
            self.learned = self.measured = self.in_eval = self.largest = 0
            self.measured_after = set()

        def forward(self, x):
            out, training = self.net(x), self.training
            if not training:
                self.measured += len(x)
                rows = self.learned + self.in_eval
                self.measured_after.add(rows)
                out = 0 * out + torch.eye(10)[round(rows / len(train_set.x)) % 10]
            if out.requires_grad:
                def learned(gradient):  # called in backward, so only for what is learned from
                    self.learned += training * len(x)
                    self.in_eval += (not training) * len(x)
                    self.largest = max(self.largest, len(x))
                out.register_hook(learned)
            return out

    model = Watched().train(training)
    stale = learns(model.parameters())
    told = mended_train(model, train_set, val_set, epochs, 0.1)
    return (model.learned, model.in_eval, model.largest, model.measured, len(model.measured_after - {0}),
            model.net[2].p, len(stale), told)

parts = data.split(digits, seed=5)
with check("gradients are cleared", points=2,
           hint="What is in p.grad when the second batch comes?"):
    *_, added_up, _ = remote(watched, mended_train, parts.train, parts.val, 2, True)
    assert not added_up, "p.grad holds more than the gradient of the batch: the sum of several"
with check("dropout works in every epoch of training", points=1,
           hint="eval() stays in force until train() is called."):
    learned, in_eval, largest, *_ = remote(watched, mended_train, parts.train, parts.val, 3, False)
    # a last batch that is not full may be left out
    assert 3 * (len(parts.train.x) - largest) < learned <= 3 * len(parts.train.x), (
        f"it learned from {learned} rows in training mode; "
        f"three epochs have {3 * len(parts.train.x)}")
    assert not in_eval, f"it learned from {in_eval} rows in evaluation mode"
with check("dropout is off when accuracy is measured", points=1,
           hint="Call model.eval() before you measure."):
    _, _, _, measured, times, rate, *_ = remote(watched, mended_train, parts.train, parts.val, 2, True)
    assert measured >= 2 * len(parts.val.x), f"only {measured} rows were seen in evaluation mode"
    assert times >= 2, f"two epochs, and accuracy was measured after {times}"
    assert rate == 0.2, "the model's dropout was changed"
### BEGIN HIDDEN TESTS
with check("the accuracies are those of the model", points=1,
           hint="Which axis has the classes, and how many images has val_set, after each epoch?") as c:
    torch.manual_seed(4)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
    told = mended_train(c.inplace(model), parts.train, parts.val, 4, 0.1)
    assert len(told) == 4, f"four epochs give four accuracies, got {len(told)}"
    assert all(isinstance(share, float) for share in told), (
        f"Python numbers were asked for, got {type(told[0]).__name__}")
    model.eval()
    right = (model(parts.val.x).argmax(1) == parts.val.y).float().mean().item()
    assert abs(told[-1] - right) < 1e-6, (
        f"the model's validation accuracy is {right:.3f}, returned was {told[-1]:.3f}")
    assert right > 0.3, f"after four epochs the accuracy is {right:.0%}"
    labels = torch.tensor([1, 1, 1, 2, 3, 3]).repeat(50)[:len(parts.val.x)]
    labelled = parts.val._replace(y=labels)
    *_, told = remote(watched, mended_train, parts.train, labelled, 3, True)
    shares = [(labels == k).float().mean().item() for k in (1, 2, 3)]
    assert all(abs(share - right) < 1e-6 for share, right in zip(told, shares)), (
        "the accuracies after three epochs are " + ", ".join(f"{share:.2f}" for share in shares)
        + "; returned were " + ", ".join(f"{share:.2f}" for share in told))
with check("every parameter moves at the given rate", points=1,
           hint="Which parameters and which rate does the optimizer get?") as c:
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    def moved(rate):
        """How many of the four parameters an epoch moves."""
        before = [p.detach().clone() for p in model.parameters()]
        mended_train(c.inplace(model), parts.train, parts.val, 1, rate)
        return sum(not torch.equal(p.detach(), q) for p, q in zip(model.parameters(), before))

    assert moved(0.0) == 0, "at a learning rate of 0 the model moves"
    assert (count := moved(0.1)) == 4, f"only {count} of the model's four parameters moved"
### END HIDDEN TESTS
score()

# %% [wrong] mended_train still-adds-up kills="gradients are cleared" says="sum of several"
# Finds the mode and the axis, not the gradient.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            history.append((model(val_set.x).argmax(1) == val_set.y).float().mean().item())
    return history

# %% [wrong] mended_train clears-once-per-epoch kills="gradients are cleared" says="second batch"
# Clears the gradients once per epoch.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        optimizer.zero_grad()
        for x, y in data.batches(train_set, 32, shuffle=True):
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            history.append((model(val_set.x).argmax(1) == val_set.y).float().mean().item())
    return history

# %% [wrong] mended_train trains-in-eval kills="dropout works in every epoch of training" says="training mode"
# Sets training mode once, before the loop; the first measurement ends it.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    model.train()
    for _ in range(epochs):
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            history.append((model(val_set.x).argmax(1) == val_set.y).float().mean().item())
    return history

# %% [wrong] mended_train measures-in-train kills="dropout is off when accuracy is measured, the accuracies are those of the model" says="evaluation mode"
# Drops eval() to be rid of the trouble.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    model.train()
    for _ in range(epochs):
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        with torch.no_grad():
            history.append((model(val_set.x).argmax(1) == val_set.y).float().mean().item())
    return history

# %% [wrong] mended_train wrong-axis kills="the accuracies are those of the model" says="axis"
# Leaves the axis as it is.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits.argmax(0) == val_set.y[: logits.shape[1]]).float().mean().item())
    return history

# %% [wrong] mended_train accuracy-of-training kills="dropout is off when accuracy is measured, the accuracies are those of the model" says="validation"
# Measures on the training set.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        right = 0
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            logits = model(x)
            F.cross_entropy(logits, y).backward()
            optimizer.step()
            right += (logits.argmax(1) == y).sum().item()
        history.append(right / len(train_set.x))
    return history

# %% [wrong] mended_train learns-the-answers kills="dropout works in every epoch of training, the accuracies are those of the model" says="three epochs have"
# Trains on the validation images too.
def mended_train(model, train_set, val_set, epochs, lr):
    both = [torch.cat(pair) for pair in zip(train_set, val_set)]
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(both, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits.argmax(1) == val_set.y).float().mean().item())
    return history

# %% [wrong] mended_train slice-left-in kills="the accuracies are those of the model" says="how many images"
# Mends the axis, and still measures on the first ten images.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits[:10].argmax(1) == val_set.y[:10]).float().mean().item())
    return history

# %% [wrong] mended_train a-rate-of-its-own kills="every parameter moves at the given rate" says="rate of 0"
# Forgets the learning rate that it was given.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits.argmax(1) == val_set.y).float().mean().item())
    return history

# %% [wrong] mended_train tensors kills="the accuracies are those of the model" says="Python numbers"
# Returns tensors.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits.argmax(1) == val_set.y).float().mean())
    return history

# %% [wrong] mended_train before-the-epoch kills="dropout is off when accuracy is measured, the accuracies are those of the model" says="returned was"
# Measures before each epoch instead of after it.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.eval()
        with torch.no_grad():
            history.append((model(val_set.x).argmax(1) == val_set.y).float().mean().item())
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
    return history

# %% [wrong] mended_train only-the-last-accuracy kills="the accuracies are those of the model" says="after three epochs"
# Measures once, after the last epoch, and fills the list up.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (model(val_set.x).argmax(1) == val_set.y).float().mean().item()
        history.append(accuracy if len(history) + 1 == epochs else 0.0)
    return history

# %% [wrong] mended_train best-so-far kills="the accuracies are those of the model" says="after three epochs"
# Returns the best accuracy so far.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (model(val_set.x).argmax(1) == val_set.y).float().mean().item()
        history.append(max([accuracy, *history]))
    return history

# %% [wrong] mended_train freezes-the-first-layer kills="every parameter moves at the given rate" says="2 of the model's four parameters moved"
# Gives the optimizer the last layers only.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(list(model.parameters())[2:], lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            model.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (model(val_set.x).argmax(1) == val_set.y).float().mean().item()
        history.append(accuracy)
    return history

# %% [alternative] mended_train adam-in-larger-batches
# Another optimizer, another batch size.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr / 10)
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 64, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.x)
        history.append((logits.argmax(1) == val_set.y).float().mean().item())
    return history

# %% [alternative] mended_train by-the-course
# Takes the course's own evaluation, and clears after the step.
def mended_train(model, train_set, val_set, epochs, lr):
    from course_utils.training import evaluate

    model.zero_grad()
    history = []
    for _ in range(epochs):
        model.train()
        for x, y in data.batches(train_set, 32, shuffle=True):
            F.cross_entropy(model(x), y).backward()
            with torch.no_grad():
                for p in model.parameters():
                    p.sub_(lr * p.grad)
            model.zero_grad()
        history.append(evaluate(model, val_set)["accuracy"])
    return history

# %% [alternative] mended_train batched-accuracy
# Measures in batches and goes back to training mode at the end.
def mended_train(model, train_set, val_set, epochs, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()
        for i in torch.randperm(len(train_set.x)).split(32):
            loss = F.cross_entropy(model(train_set.x[i]), train_set.y[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        right = 0
        for x, y in data.batches(val_set, 100):
            right += int((model(x).argmax(dim=-1) == y).sum())
        model.train()
        history.append(right / len(val_set.y))
    return history

# %% [written] first_loss points=2
# A classifier with ten classes prints a loss of 12 nats before its first step. What does this tell you, and what do you look at first?
# Rubric: One point for: far above ln 10, the loss of guessing, so the first logits are large. One point for naming the scale of the inputs or of the initial weights (of the last layer).
# Answer: Guessing costs ln 10, about 2.3 nats; 12 nats mean that the untrained network is sure and wrong, so its logits are large. I look at the scale of the inputs (pixels up to 255 instead of 1?) and at the size of the initial weights, of the last layer in particular.
