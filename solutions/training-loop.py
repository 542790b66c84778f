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
from course_utils.checks import attempt, check, forbid, score
from course_utils.training import by_preset, pick_device

plotting.use_style()
device = pick_device()
epochs = by_preset(tiny=25, cpu=25, gpu=100)

# %% [task] neuron_gradients difficulty=1 minutes=15 allows="+, -, *, torch.tanh" forbids="torch.autograd.grad, backward"
# # Blame, by the chain rule
# One neuron predicts $\hat y = \tanh(wx + b)$, and its loss is $L = (\hat y - y)^2$.
# Write `neuron_gradients(w, b, x, y)`: it returns the pair $(\partial L/\partial w,\ \partial L/\partial b)$, from the formula.
#
# All four arguments are tensors of the same shape, one neuron per entry; so are both results.
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
w, b, x, y = torch.randn(4, 6, dtype=torch.float64)
leaves = [w.clone().requires_grad_(), b.clone().requires_grad_()]
by_w, by_b = torch.autograd.grad(((torch.tanh(leaves[0] * x + leaves[1]) - y) ** 2).sum(), leaves)
# double precision: a right formula agrees to about 1e-15, so the usual tolerance is ample
with check("the gradient of b", points=1, hint="The slope of z = wx + b with respect to b is 1."):
    torch.testing.assert_close(neuron_gradients(w, b, x, y)[1], by_b)
with check("the gradient of w", points=1, hint="How fast does wx + b change with w?"):
    torch.testing.assert_close(neuron_gradients(w, b, x, y)[0], by_w)
with check("from the formula", points=1, hint="Multiply the slopes yourself."):
    neuron_gradients(w, b, x, y)
    forbid(neuron_gradients, "torch.autograd.grad", "backward")
### BEGIN HIDDEN TESTS
far = torch.tensor([30.0, -30.0], dtype=torch.float64)
zero = torch.zeros(2, dtype=torch.float64)
with check("a saturated neuron gets no blame", points=1, hint="Which factor vanishes where tanh is flat?"):
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

# %% [task] cross_entropy difficulty=2 minutes=20 allows="exp, log, max, sum, mean, indexing" forbids="torch.nn.functional.cross_entropy, torch.logsumexp, torch.log_softmax, torch.softmax"
# # Cross-entropy that survives large logits
# Write `cross_entropy(logits, y)`: the mean over the batch of $-\ln p_y$, in nats, where $p$ is the softmax of a row of `logits`.
#
# `logits` has shape (B, K), `y` holds B class numbers; the result is a tensor with a single number.
# It must be right for logits of 1000 as well: with two classes and logits 1000 and 0, the loss of class 0 is 0 and that of class 1 is 1000.
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
with check("equal logits give ln K", points=1, hint="Is it the mean over the batch, in nats?"):
    torch.testing.assert_close(cross_entropy(torch.zeros(8, 5), y), torch.tensor(math.log(5.0)))
with check("agrees with the definition", points=1, hint="Which class's logit is subtracted, and over which axis is the sum?"):
    expected = -(logits.exp() / logits.exp().sum(1, keepdim=True))[torch.arange(8), y].log().mean()
    torch.testing.assert_close(cross_entropy(logits, y), expected)
with check("logits of 1000", points=1, hint="Subtract each row's maximum before the exponential."):
    large = torch.tensor([[1000.0, 0.0], [1000.0, 0.0]])
    torch.testing.assert_close(cross_entropy(large, torch.tensor([0, 1])), torch.tensor(500.0))
with check("written by hand", points=1, hint="exp, log, max and sum are enough."):
    cross_entropy(logits, y)
    forbid(cross_entropy, "F.cross_entropy", "torch.logsumexp", "F.log_softmax", "torch.softmax", "nn.CrossEntropyLoss", "F.nll_loss")
### BEGIN HIDDEN TESTS
with check("rows of very different size", points=1, hint="Subtract the maximum of each row, not of the whole batch."):
    rows = torch.tensor([[1000.0, 999.0], [-1000.0, -1001.0]])
    torch.testing.assert_close(cross_entropy(rows, torch.tensor([0, 0])), torch.tensor(math.log(1 + math.exp(-1))))
with check("a gradient comes back", points=1, hint="Stay with tensors: .item(), .numpy() and .detach() cut the graph."):
    leaf = logits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(leaf, y), leaf)
    probs = logits.exp() / logits.exp().sum(1, keepdim=True)
    torch.testing.assert_close(gradient, (probs - torch.eye(5)[y]) / 8)
### END HIDDEN TESTS
score()

# %% [wrong] cross_entropy no-maximum kills="logits of 1000, rows of very different size" says="maximum"
# The formula as it stands in the book, which overflows.
def cross_entropy(logits, y):
    p = logits.exp() / logits.exp().sum(1, keepdim=True)
    return -p[torch.arange(len(y)), y].log().mean()

# %% [wrong] cross_entropy sum-not-mean kills="equal logits give ln K, agrees with the definition, logits of 1000, rows of very different size, a gradient comes back" says="mean over the batch"
# Adds the losses of the batch up.
def cross_entropy(logits, y):
    z = logits - logits.max(1, keepdim=True).values
    return (z.exp().sum(1).log() - z[torch.arange(len(y)), y]).sum()

# %% [wrong] cross_entropy maximum-of-the-batch kills="rows of very different size" says="each row"
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
# `x` has shape (B, ...), `y` (B,). You may use `F.cross_entropy` here, and no optimizer.
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
    loss = F.cross_entropy(model(x), y)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    return loss.item(), [(p - lr * g).detach().clone() for p, g in zip(model.parameters(), gradients)]

x, y = torch.randn(12, 6), torch.randint(3, (12,))
with check("moves against the gradient", points=1, hint="p minus lr times p.grad, for every parameter, in place.") as c:
    model = small_net()
    loss, moved = expected_step(model, x, y, 0.3)
    training_step(c.inplace(model), x, y, 0.3)
    for p, q in zip(model.parameters(), moved):
        torch.testing.assert_close(p.detach(), q)
with check("returns the loss before the move", points=1, hint="Compute it once, before you move, and return loss.item().") as c:
    model = small_net()
    loss, _ = expected_step(model, x, y, 0.3)
    told = training_step(c.inplace(model), x, y, 0.3)
    assert told is not None, "nothing is returned"
    assert abs(float(told) - loss) < 1e-5, f"the loss before the move is {loss:.4f}, returned was {float(told):.4f}"
with check("a second step stands on its own", points=2, hint="backward() adds to p.grad: clear it in every step.") as c:
    model = small_net()
    for _ in range(2):
        _, moved = expected_step(model, x, y, 0.3)
        training_step(c.inplace(model), x, y, 0.3)
    for p, q in zip(model.parameters(), moved):
        torch.testing.assert_close(p.detach(), q)
with check("no optimizer", points=1, hint="p -= lr * p.grad is the whole optimizer."):
    training_step(small_net(), x, y, 0.1)
    forbid(training_step, "torch.optim", "SGD", "Adam")
### BEGIN HIDDEN TESTS
with check("twenty steps bring the loss down", points=1, hint="Follow the loss over several steps on the same batch.") as c:
    torch.manual_seed(0)
    model = small_net()
    before = F.cross_entropy(model(x), y).item()
    for _ in range(20):
        told = training_step(c.inplace(model), x, y, 0.3)
    after = F.cross_entropy(model(x), y).item()
    assert after < before - 0.1, f"the loss went from {before:.3f} to {after:.3f}"
    assert isinstance(told, float), f"a Python number was asked for, got {type(told).__name__}"
### END HIDDEN TESTS
score()

# %% [wrong] training_step never-clears kills="a second step stands on its own" says="adds to p.grad"
# Forgets that gradients accumulate.
def training_step(model, x, y, lr):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
    return loss.item()

# %% [wrong] training_step clears-too-late kills="moves against the gradient, a second step stands on its own, twenty steps bring the loss down" says="p.grad"
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

# %% [wrong] training_step uphill kills="moves against the gradient, a second step stands on its own, twenty steps bring the loss down" says="minus"
# Adds the gradient.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p += lr * p.grad
    return loss.item()

# %% [wrong] training_step rebinds-the-name kills="moves against the gradient, a second step stands on its own, twenty steps bring the loss down" says="in place"
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

# %% [wrong] training_step returns-nothing kills="returns the loss before the move, twenty steps bring the loss down" says="nothing is returned"
# Forgets the return.
def training_step(model, x, y, lr):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad

# %% [wrong] training_step weights-only kills="moves against the gradient, a second step stands on its own" says="every parameter"
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
# The accuracy is measured on test images that are shifted by up to one pixel, so that nobody can look the answers up.

# %% [given] digits
digits = data.digits()                       # x (1797, 64) in [0, 1], y (1797,)

def new_net():
    """An untrained network for digits, (B, 64) -> logits (B, 10)."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)

# %% [task] train difficulty=2 minutes=25 allows="anything in torch, your own functions, data.batches"
# # The whole loop
# Write `train(model, x, y, epochs, lr)`: it trains `model` in place on the examples `x` (N, 64) and `y` (N,), in mini-batches
# in a new random order each epoch, and returns the list of the epochs' mean training losses, one Python number each.
#
# You choose the batch size; any optimizer is allowed, with the learning rate `lr`.
# With `epochs=25` and `lr=0.1`, plain gradient descent in batches of 32 is enough for 95 % accuracy on images that were not trained on.
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
with check("one loss per epoch that falls", points=2, hint="Append one number after each pass over the data.") as c:
    torch.manual_seed(1)
    model = new_net()
    few = data.split(digits, seed=1).train
    history = train(c.inplace(model), few.x.to(device), few.y.to(device), 6, 0.1)
    assert history is not None, "nothing is returned"
    assert len(history) == 6, f"six epochs give six losses, got {len(history)}"
    history = [float(loss) for loss in history]
    assert history[0] < 2.5, f"the first epoch's mean loss is {history[0]:.2f} nats; guessing costs {math.log(10):.2f}: is it a mean?"
    assert history[-1] < history[0] / 2, f"from {history[0]:.2f} to {history[-1]:.2f}: the loss does not halve in six epochs"
with check("changes the model that it was given", points=1, hint="Train model itself, not a copy.") as c:
    model = new_net()
    before = [p.detach().clone() for p in model.parameters()]
    train(c.inplace(model), few.x[:256].to(device), few.y[:256].to(device), 1, 0.1)
    assert all(not torch.equal(p.detach(), q) for p, q in zip(model.parameters(), before)), "the model's parameters are as before"
with check("a new order each epoch", points=1, hint="Draw the order inside the loop over epochs.") as c:
    torch.manual_seed(2)
    sorted_y, rows = few.y.sort(stable=True)
    model = new_net()
    train(c.inplace(model), few.x[rows].to(device), sorted_y.to(device), 3, 0.1)
    hits = (model(few.x.to(device)).argmax(1).cpu() == few.y).float().mean().item()
    assert hits > 0.6, f"on data that come sorted by class it reaches only {hits:.0%}: are the batches drawn at random?"
### BEGIN HIDDEN TESTS
with check("95 % on digits that it has not seen", points=4, hint="Count the steps: does every batch of every epoch move the weights?") as c:
    results = []
    for seed in range(3):
        torch.manual_seed(100 + seed)
        relabel = torch.randperm(10)
        split = data.split(digits, seed=100 + seed)
        model = new_net()
        train(c.inplace(model), split.train.x.to(device), relabel[split.train.y].to(device), epochs, 0.1)
        noisy = (split.test.x + 0.05 * torch.randn(split.test.x.shape)).to(device)
        results.append((model(noisy).argmax(1).cpu() == relabel[split.test.y]).float().mean().item())
    mean = sum(results) / 3
    # the bar of 95 % less two standard errors of 3 x 449 test images (0.6 points each)
    assert mean > 0.938, f"the mean of three splits is {mean:.1%}"
### END HIDDEN TESTS
score()

# %% [wrong] train one-batch-per-epoch kills="one loss per epoch that falls, a new order each epoch, 95 % on digits that it has not seen" says="halve|every batch"
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

# %% [wrong] train full-batch kills="one loss per epoch that falls, a new order each epoch, 95 % on digits that it has not seen" says="halve|every batch"
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

# %% [wrong] train never-shuffles kills="a new order each epoch" says="at random"
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

# %% [wrong] train losses-of-batches kills="one loss per epoch that falls" says="six losses"
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

# %% [wrong] train trains-a-copy kills="changes the model that it was given, a new order each epoch, 95 % on digits that it has not seen" says="as before"
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

# %% [wrong] train sum-of-losses kills="one loss per epoch that falls" says="mean"
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
    optimizer = torch.optim.Adam(model[-1].parameters(), lr=lr / 10)
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
# and off when accuracy is measured; when `mended_train` is called, the model may be in either mode.
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
class Watched(nn.Module):
    """A net with dropout that counts in which mode it saw which number of rows."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
        self.modes = []

    def forward(self, x):
        self.modes.append((self.training, len(x)))
        return self.net(x)

parts = data.split(digits, seed=5)
with check("gradients are cleared", points=2, hint="What is in p.grad when the second batch comes?") as c:
    torch.manual_seed(3)
    one = nn.Linear(64, 10)
    rows = data.Labelled(parts.train.x[:64], parts.train.y[:64])
    twin = nn.Linear(64, 10)
    twin.load_state_dict(one.state_dict())
    mended_train(c.inplace(one), data.Labelled(rows.x[:1].repeat(64, 1), rows.y[:1].repeat(64)), parts.val, 1, 0.1)
    for _ in range(2):
        gradients = torch.autograd.grad(F.cross_entropy(twin(rows.x[:1]), rows.y[:1]), list(twin.parameters()))
        for p, g in zip(twin.parameters(), gradients):
            p.data -= 0.1 * g
    torch.testing.assert_close(one.weight.detach(), twin.weight.detach())
with check("dropout works in every epoch of training", points=1, hint="eval() stays in force until train() is called.") as c:
    model = Watched().eval()
    mended_train(c.inplace(model), parts.train, parts.val, 3, 0.1)
    training_rows = sum(n for mode, n in model.modes if mode)
    assert training_rows >= 3 * len(parts.train.x), f"{training_rows} rows were seen in training mode; three epochs have {3 * len(parts.train.x)}"
with check("dropout is off when accuracy is measured", points=1, hint="Call model.eval() before you measure.") as c:
    model = Watched().train()
    mended_train(c.inplace(model), parts.train, parts.val, 2, 0.1)
    measured = sum(n for mode, n in model.modes if not mode)
    assert measured >= 2 * len(parts.val.x), f"only {measured} rows were seen in evaluation mode"
### BEGIN HIDDEN TESTS
with check("the accuracies are those of the model", points=2, hint="Over which axis are the classes, and how many validation images are there?") as c:
    torch.manual_seed(4)
    model = Watched()
    told = mended_train(c.inplace(model), parts.train, parts.val, 4, 0.1)
    assert len(told) == 4, f"four epochs give four accuracies, got {len(told)}"
    model.eval()
    right = (model(parts.val.x).argmax(1) == parts.val.y).float().mean().item()
    assert abs(float(told[-1]) - right) < 1e-6, f"the model's validation accuracy is {right:.3f}, returned was {float(told[-1]):.3f}"
    assert right > 0.3, f"after four epochs the accuracy is {right:.0%}"
### END HIDDEN TESTS
score()

# %% [wrong] mended_train still-adds-up kills="gradients are cleared" says="p.grad"
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
