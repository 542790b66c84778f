# ---
# title: Activations by hand
# ---

# %% [text]
# # Activations by hand
#
# You write the functions of the chapter *Activations* so that they survive large inputs, write their slopes, choose the last layer,
# and bring dead units back to life.
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
from course_utils.checks import attempt, check, forbid, operators_used, raises, remote, score
from course_utils.training import by_preset, pick_device

plotting.use_style()
device = pick_device()
epochs = by_preset(tiny=12, cpu=12, gpu=60)

# %% [task] sigmoid difficulty=2 minutes=15 allows="exp, where, abs, clamp" forbids="torch.sigmoid, torch.softmax, silu, hardsigmoid, glu, logsigmoid, torch.distributions and their layers"
# # A sigmoid without overflow
# Write `sigmoid(x)`, $\sigma(x) = 1/(1 + e^{-x})$, for a tensor of any shape and floating type; shape and type stay the same.
#
# It must be finite and right for every input: $\sigma(1000) = 1$, $\sigma(-1000) = 0$, and the gradient is 0 at both.
# Far to the left it must not be rounded to zero too early: $\sigma(-50) \approx 1.9 \cdot 10^{-22}$.
# (At exactly 0, where $|x|$ has no slope, nobody asks for the gradient.)
# Hint: Which of $e^{x}$ and $e^{-x}$ overflows on which side?
# Hint: For negative inputs, $\frac{e^{x}}{1 + e^{x}}$ is the same number, and its exponent is never positive.
# Hint: With `e` the exponential of minus `x.abs()`, the value is `1 / (1 + e)` where x is positive and
#   `e / (1 + e)` elsewhere: `torch.where` chooses.
def sigmoid(x):
    """The sigmoid of each entry; any shape and floating type."""
    ### BEGIN SOLUTION
    e = torch.exp(-x.abs())
    return torch.where(x >= 0, 1, e) / (1 + e)
    ### END SOLUTION

# %% [test] sigmoid points=6
x = torch.randn(4, 6, dtype=torch.float64) * 3
x[0, 0] = 0.0
with check("right near zero", points=1, hint="1 / (1 + exp(-x)), entry by entry."):
    torch.testing.assert_close(sigmoid(x), 1 / (1 + torch.exp(-x)))
with check("finite and right at 1000", points=1,
           hint="Which exponential overflows, and on which side?"):
    torch.testing.assert_close(sigmoid(torch.tensor([1000.0, -1000.0])), torch.tensor([1.0, 0.0]))
with check("written by hand", points=1, hint="exp, abs and where are enough."):
    sigmoid(x)
    forbid(sigmoid, "torch.sigmoid", "nn.Sigmoid", "torch.special.expit", "F.logsigmoid",
           "nn.LogSigmoid", "torch.softmax", "nn.Softmax", "F.softmin", "F.silu", "nn.SiLU",
           "F.hardsigmoid", "F.glu", "nn.GLU", "torch.distributions")
    ran = operators_used(sigmoid, x)
    ready = [name.strip("_") for name in ran if any(
        part in name for part in ("sigmoid", "softmax", "silu", "glu", "sumexp"))]
    assert not ready, f"torch's own {ready[0]} ran: this task asks you to write it yourself"
### BEGIN HIDDEN TESTS
with check("small but not zero on the left", points=1,
           hint="Clamping the input, or 1 minus something close to 1, loses these digits."):
    left = torch.tensor([-5.0, -12.0, -20.0, -30.0, -50.0, -90.0, -700.0], dtype=torch.float64)
    torch.testing.assert_close(
        sigmoid(left), torch.exp(left) / (1 + torch.exp(left)), rtol=1e-6, atol=0)
with check("any shape and type", points=1, hint="The result has the shape and the type of x."):
    for x in (torch.tensor(-3.0, dtype=torch.float16), torch.randn(2, 3, 4)):
        expected = (1 / (1 + torch.exp(-x.double()))).to(x.dtype)
        # half precision rounds by 1e-3 in each operation
        torch.testing.assert_close(sigmoid(x), expected, rtol=5e-3, atol=1e-5)
with check("finite gradients at 1000", points=1,
           hint="torch.where passes gradients through both branches: neither may overflow. Stay with tensors."):
    far = torch.tensor([1000.0, -1000.0, 2.0, -2.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(sigmoid(far).sum(), far)
    s = 1 / (1 + math.exp(-2.0))
    torch.testing.assert_close(gradient, torch.tensor([0.0, 0.0, s * (1 - s), s * (1 - s)]))
### END HIDDEN TESTS
score()

# %% [wrong] sigmoid one-formula kills="small but not zero on the left" says="digits"
# Writes the sigmoid as 1 minus something, which rounds to zero.
def sigmoid(x):
    e = torch.exp(-x.abs())
    return torch.where(x >= 0, 1 / (1 + e), 1 - 1 / (1 + e))

# %% [wrong] sigmoid exp-over kills="finite and right at 1000, finite gradients at 1000" says="overflows"
# Uses the other formula everywhere: infinity over infinity on the right.
def sigmoid(x):
    return torch.exp(x) / (1 + torch.exp(x))

# %% [wrong] sigmoid where-with-overflow kills="finite gradients at 1000" says="both branches"
# Chooses the right branch, but the other one still overflows, and its gradient is not a number.
def sigmoid(x):
    return torch.where(x >= 0, 1 / (1 + torch.exp(-x)), torch.exp(x) / (1 + torch.exp(x)))

# %% [wrong] sigmoid clamp-hard kills="small but not zero on the left" says="Clamping"
# Cuts the input off at 20, so that everything beyond looks the same.
def sigmoid(x):
    x = x.clamp(-20, 20)
    e = torch.exp(-x.abs())
    return torch.where(x >= 0, 1, e) / (1 + e)

# %% [wrong] sigmoid sign kills="right near zero, finite and right at 1000, small but not zero on the left, any shape and type, finite gradients at 1000" says="exp(-x)"
# Loses the minus: falls where it should rise.
def sigmoid(x):
    e = torch.exp(-x.abs())
    return torch.where(x >= 0, e, 1) / (1 + e)

# %% [wrong] sigmoid tanh-half kills="right near zero, small but not zero on the left, any shape and type, finite gradients at 1000" says="entry by entry"
# Remembers the relation to tanh without the factor in its argument.
def sigmoid(x):
    e = torch.exp(-2 * x.abs())
    return torch.where(x >= 0, 1, e) / (1 + e)

# %% [wrong] sigmoid library kills="written by hand" says="yourself"
# Calls the library's own.
def sigmoid(x):
    return x.sigmoid()

# %% [wrong] sigmoid library-in-disguise kills="right near zero, written by hand" says="yourself"
# Divides another function of the library by x, which is not a number at zero.
def sigmoid(x):
    return F.silu(x) / x

# %% [wrong] sigmoid in-the-name-of-self kills="written by hand" says="yourself"
# Calls its argument as methods call their object.
def sigmoid(self):
    return self.sigmoid()

# %% [wrong] sigmoid exponential-on-the-left kills="small but not zero on the left" says="digits"
# Takes the exponential alone for all that is far to the left.
def sigmoid(x):
    e = torch.exp(x.clamp(max=0))
    return torch.where(x > -10, 0.5 + 0.5 * torch.tanh(x / 2), e)

# %% [wrong] sigmoid row-by-row kills="any shape and type" says="shape"
# Loops over rows, as if there were always some.
def sigmoid(x):
    rows = []
    for row in x:
        e = torch.exp(-row.abs())
        rows.append(torch.where(row >= 0, 1, e) / (1 + e))
    return torch.stack(rows)

# %% [alternative] sigmoid log-space
# The exponential of minus the logarithm of 1 + exp(-x).
def sigmoid(x):
    return torch.exp(torch.clamp(x, max=0) - torch.log1p(torch.exp(-x.abs())))

# %% [alternative] sigmoid two-clamps
# Two branches, neither of which can overflow.
def sigmoid(x):
    right = 1 / (1 + torch.exp(-x.clamp(min=0)))
    e = torch.exp(x.clamp(max=0))
    return torch.where(x >= 0, right, e / (1 + e))

# %% [alternative] sigmoid two-masks
# Fills the two halves by index.
def sigmoid(x):
    out = torch.empty_like(x)
    right = x >= 0
    out[right] = 1 / (1 + torch.exp(-x[right]))
    e = torch.exp(x[~right])
    out[~right] = e / (1 + e)
    return out

# %% [alternative] sigmoid min-and-max
# Splits the exponent in a negative and a positive part.
def sigmoid(x):
    return torch.exp(torch.clamp(x, max=0)) / (torch.exp(-x.abs()) + 1)

# %% [task] log_softmax difficulty=2 minutes=15 allows="exp, log, max, sum" forbids="torch.softmax, torch.log_softmax, torch.logsumexp, softmin, cross_entropy and their layers"
# # Log-softmax along any axis
# Write `log_softmax(logits, dim)`: the logarithm of the softmax along axis `dim`, for a tensor of any shape and floating type; shape and type stay the same.
#
# It must be right where the softmax itself is rounded to zero: for logits 0 and -1000 the result is 0 and -1000, not 0 and minus infinity.
# `dim` may count from the end, as everywhere in torch; gradients must flow through the result.
# Hint: What is the logarithm of a probability of $e^{-1000}$ in floating point?
# Hint: The logarithm of the quotient is a difference: $z_k - \ln \sum_j e^{z_j}$. Subtract the maximum first.
# Hint: Let z be the logits less `logits.amax(dim, keepdim=True)`; the result is z less the logarithm
#   of `z.exp().sum(dim, keepdim=True)`.
def log_softmax(logits, dim):
    """The logarithm of the softmax along `dim`; the shape of `logits`."""
    ### BEGIN SOLUTION
    z = logits - logits.amax(dim, keepdim=True)
    return z - z.exp().sum(dim, keepdim=True).log()
    ### END SOLUTION

# %% [test] log_softmax points=6
logits = torch.randn(3, 4, 5)
with check("the probabilities add up to one", points=1, hint="Along which axis, and with keepdim?"):
    for dim in (0, 1, 2, -1, -2, -3):
        total = log_softmax(logits, dim).exp().sum(dim)
        torch.testing.assert_close(total, torch.ones(total.shape))
with check("agrees with the definition", points=1,
           hint="Subtract the logarithm of the sum of exponentials, all of it along dim."):
    for dim in (0, 1, 2, -1, -2, -3):
        expected = (logits.exp() / logits.exp().sum(dim, keepdim=True)).log()
        torch.testing.assert_close(log_softmax(logits, dim), expected)
with check("written by hand", points=1, hint="exp, log, amax and sum are enough."):
    log_softmax(logits, 1)
    forbid(log_softmax, "torch.softmax", "torch.log_softmax", "torch.logsumexp", "nn.Softmax",
           "nn.LogSoftmax", "F.softmin", "nn.Softmin", "F.cross_entropy", "nn.CrossEntropyLoss",
           "torch.distributions")
    ran = operators_used(log_softmax, logits, 1)
    ready = [name.strip("_") for name in ran if "softmax" in name or "sumexp" in name]
    assert not ready, f"torch's own {ready[0]} ran: this task asks you to write it yourself"
### BEGIN HIDDEN TESTS
with check("right at 1000 and at -1000", points=1,
           hint="The logarithm of a rounded softmax is minus infinity: take the difference of logarithms."):
    rows = torch.tensor([[0.0, -1000.0], [1000.0, 0.0], [-100.0, 0.0], [0.0, -5000.0]])
    expected = torch.tensor([[0.0, -1000.0], [0.0, -1000.0], [-100.0, 0.0], [0.0, -5000.0]])
    torch.testing.assert_close(log_softmax(rows, 1), expected)
    torch.testing.assert_close(log_softmax(rows.T, -2), expected.T)
    torch.testing.assert_close(log_softmax(rows[0], 0), expected[0])
    torch.testing.assert_close(log_softmax(rows[None, None], -1), expected[None, None])
with check("each row has a maximum of its own", points=1,
           hint="The maximum along dim, not over the whole tensor, and in the type of the logits."):
    rows = torch.tensor([[1000.0, 999.0], [-1000.0, -999.0]], dtype=torch.float64)
    low = -math.log(1 + math.e)
    expected = rows.new_tensor([[low + 1, low], [low, low + 1]])
    torch.testing.assert_close(log_softmax(rows, 1), expected)
with check("a gradient comes back", points=1,
           hint="Stay with tensors: .item(), .numpy() and .detach() of the logits cut the graph."):
    leaf = logits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(log_softmax(leaf, 1)[:, 0].sum(), leaf)
    probs = logits.exp() / logits.exp().sum(1, keepdim=True)
    expected = -probs
    expected[:, 0] += 1
    torch.testing.assert_close(gradient, expected)
    far = torch.tensor([0.0, -1000.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(log_softmax(far, 0)[1], far)
    torch.testing.assert_close(gradient, torch.tensor([-1.0, 1.0]))
### END HIDDEN TESTS
score()

# %% [wrong] log_softmax log-of-softmax kills="right at 1000 and at -1000, a gradient comes back" says="minus infinity"
# Takes the logarithm of the finished softmax.
def log_softmax(logits, dim):
    e = (logits - logits.amax(dim, keepdim=True)).exp()
    return (e / e.sum(dim, keepdim=True)).log()

# %% [wrong] log_softmax no-maximum kills="right at 1000 and at -1000, each row has a maximum of its own" says="difference of logarithms"
# Forgets the maximum: overflows at 1000.
def log_softmax(logits, dim):
    return logits - logits.exp().sum(dim, keepdim=True).log()

# %% [wrong] log_softmax global-maximum kills="right at 1000 and at -1000, each row has a maximum of its own" says="along dim"
# Subtracts one maximum for the whole tensor.
def log_softmax(logits, dim):
    z = logits - logits.max()
    return z - z.exp().sum(dim, keepdim=True).log()

# %% [wrong] log_softmax always-the-last-axis kills="the probabilities add up to one, agrees with the definition, right at 1000 and at -1000, a gradient comes back" says="Along which axis"
# Ignores dim.
def log_softmax(logits, dim):
    z = logits - logits.amax(-1, keepdim=True)
    return z - z.exp().sum(-1, keepdim=True).log()

# %% [wrong] log_softmax epsilon kills="right at 1000 and at -1000, a gradient comes back" says="rounded"
# Adds a small number under the logarithm.
def log_softmax(logits, dim):
    e = (logits - logits.amax(dim, keepdim=True)).exp()
    return (e / e.sum(dim, keepdim=True) + 1e-12).log()

# %% [wrong] log_softmax forgets-to-put-it-back kills="the probabilities add up to one, agrees with the definition, right at 1000 and at -1000, each row has a maximum of its own, a gradient comes back" says="exponentials"
# Subtracts the maximum in one place only.
def log_softmax(logits, dim):
    z = logits - logits.amax(dim, keepdim=True)
    return logits - z.exp().sum(dim, keepdim=True).log()

# %% [wrong] log_softmax base-ten kills="the probabilities add up to one, agrees with the definition, right at 1000 and at -1000, each row has a maximum of its own, a gradient comes back" says="exponentials"
# Takes logarithms to base ten.
def log_softmax(logits, dim):
    z = logits - logits.amax(dim, keepdim=True)
    return (z - z.exp().sum(dim, keepdim=True).log()) / math.log(10)

# %% [wrong] log_softmax library kills="written by hand" says="yourself"
# Calls the library's own.
def log_softmax(logits, dim):
    return logits.log_softmax(dim)

# %% [wrong] log_softmax bound-below-an-if kills="written by hand" says="yourself"
# Gives the library's own another name, further in.
if True:
    ready = torch.log_softmax

def log_softmax(logits, dim):
    return ready(logits, dim)

# %% [wrong] log_softmax counts-from-the-front-only kills="the probabilities add up to one, agrees with the definition" says="Along which axis"
# Understands -1, and takes every other negative axis for the first.
def log_softmax(logits, dim):
    dim = logits.ndim - 1 if dim == -1 else max(dim, 0)
    z = logits - logits.amax(dim, keepdim=True)
    return z - z.exp().sum(dim, keepdim=True).log()

# %% [wrong] log_softmax cuts-the-graph kills="a gradient comes back" says="graph"
# Detaches the logits to be rid of a message.
def log_softmax(logits, dim):
    logits = logits.detach()
    z = logits - logits.amax(dim, keepdim=True)
    return z - z.exp().sum(dim, keepdim=True).log()

# %% [wrong] log_softmax maximum-of-axis-one kills="agrees with the definition, right at 1000 and at -1000" says="dim"
# Takes the maximum along axis 1, whatever the axis.
def log_softmax(logits, dim):
    z = logits - logits.amax(1 if logits.ndim > 1 else 0, keepdim=True)
    return z - z.exp().sum(dim, keepdim=True).log()

# %% [alternative] log_softmax sum-first
# The log of the sum as maximum plus rest, subtracted once.
def log_softmax(logits, dim):
    m, _ = torch.max(logits, dim=dim, keepdim=True)
    return logits - (m + torch.log(torch.sum(torch.exp(logits - m), dim=dim, keepdim=True)))

# %% [alternative] log_softmax moved-axis
# Moves the axis to the end, loops over rows, moves it back.
def log_softmax(logits, dim):
    moved = logits.movedim(dim, -1)
    rows = []
    for row in moved.reshape(-1, moved.shape[-1]):
        z = row - row.max()
        rows.append(z - z.exp().sum().log())
    return torch.stack(rows).reshape(moved.shape).movedim(-1, dim)

# %% [task] gelu difficulty=1 minutes=15 allows="torch.erf, torch.tanh, math.sqrt, math.pi" forbids="torch.nn.functional.gelu"
# # GELU, exact and approximate
# Write `gelu(x, approximate=False)`. The exact GELU is $x\,\Phi(x)$ with $\Phi(x) = \frac12\bigl(1 + \operatorname{erf}(x/\sqrt2)\bigr)$.
# With `approximate=True` it is $\frac{x}{2}\Bigl(1 + \tanh\bigl(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\bigr)\Bigr)$.
#
# Any shape and floating type, which stay the same; for example, the exact value at 1 is 0.8413.
# Hint: Which part of the two formulas is the same, and which is replaced?
# Hint: `torch.erf` takes x divided by the square root of two, not x; the cube stands inside the bracket with the factor.
# Hint: `x * (1 + torch.erf(x / math.sqrt(2))) / 2`, and
#   `x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2`.
def gelu(x, approximate=False):
    """The Gaussian error linear unit of each entry, exact or by tanh."""
    ### BEGIN SOLUTION
    if approximate:
        return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2
    ### END SOLUTION

# %% [test] gelu points=5
x = torch.linspace(-5, 5, 42, dtype=torch.float64).reshape(6, 7)
closely = {"rtol": 1e-7, "atol": 2e-8}  # a constant in single precision errs by 1e-8
with check("exact", points=1, hint="x times Φ(x); erf takes x over the square root of two."):
    torch.testing.assert_close(gelu(x), F.gelu(x), **closely)
with check("approximate", points=1,
           hint="Look at the factor before the bracket and at the cube inside it."):
    torch.testing.assert_close(gelu(x, approximate=True), F.gelu(x, approximate="tanh"), **closely)
with check("written by hand", points=1, hint="torch.erf and torch.tanh are enough."):
    gelu(x)
    forbid(gelu, "F.gelu", "nn.GELU")
    ran = operators_used(gelu, x) | operators_used(gelu, x, True)
    assert "gelu" not in ran, "torch's own gelu ran: this task asks you to write it yourself"
### BEGIN HIDDEN TESTS
with check("close but not the same", points=1,
           hint="The two differ by at most 5e-4, and they do differ."):
    gap = (gelu(x) - gelu(x, approximate=True)).abs().max().item()
    assert 1e-4 < gap < 1e-3, f"the largest difference between exact and approximate is {gap:.1e}"
with check("any shape and size", points=1,
           hint="The result has the shape and the type of x, and nothing may overflow."):
    torch.testing.assert_close(gelu(x, approximate=False), gelu(x))
    for z in (torch.tensor(1.0), torch.randn(2, 3, 4), torch.tensor([-1000.0, -9.0, 9.0, 1000.0])):
        torch.testing.assert_close(gelu(z), F.gelu(z))
        torch.testing.assert_close(gelu(z, approximate=True), F.gelu(z, approximate="tanh"))
### END HIDDEN TESTS
score()

# %% [wrong] gelu erf-of-x kills="exact, close but not the same, any shape and size" says="square root of two"
# Forgets the square root of two.
def gelu(x, approximate=False):
    if approximate:
        return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + torch.erf(x)) / 2

# %% [wrong] gelu ignores-the-argument kills="approximate, close but not the same, any shape and size" says="factor"
# Always computes the exact one.
def gelu(x, approximate=False):
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2

# %% [wrong] gelu cube-outside kills="approximate, close but not the same, any shape and size" says="cube"
# Puts the cube outside the factor.
def gelu(x, approximate=False):
    if approximate:
        return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x + 0.044715 * x**3)) / 2
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2

# %% [wrong] gelu no-half kills="exact, approximate, any shape and size" says="Φ"
# Forgets the half.
def gelu(x, approximate=False):
    if approximate:
        return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * (1 + torch.erf(x / math.sqrt(2)))

# %% [wrong] gelu sigmoid-approximation kills="approximate, close but not the same, any shape and size" says="bracket"
# Takes the other approximation, x sigmoid(1.702 x).
def gelu(x, approximate=False):
    if approximate:
        return x * torch.sigmoid(1.702 * x)
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2

# %% [wrong] gelu library kills="written by hand" says="yourself"
# Calls the library's own.
def gelu(x, approximate=False):
    return F.gelu(x, approximate="tanh" if approximate else "none")

# %% [wrong] gelu bound-by-a-loop kills="written by hand" says="yourself"
# Lets a loop give the library's own another name.
for ready in [F.gelu]:
    pass

def gelu(x, approximate=False):
    return ready(x, approximate="tanh" if approximate else "none")

# %% [wrong] gelu put-together kills="written by hand" says="gelu ran|yourself"
# Puts the name of the library's own together.
def gelu(x, approximate=False):
    return getattr(F, "ge" + "lu")(x, approximate="tanh" if approximate else "none")

# %% [wrong] gelu in-single-precision kills="exact, approximate" says="values differ"
# Computes in single precision and converts back.
def gelu(x, approximate=False):
    z = x.float()
    if approximate:
        phi = (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2
    else:
        phi = (1 + torch.erf(z / math.sqrt(2))) / 2
    return (z * phi).to(x.dtype)

# %% [wrong] gelu vectors-only kills="exact, approximate, written by hand, close but not the same, any shape and size" says="convert"
# Loops over the entries as if there were one axis.
def gelu(x, approximate=False):
    if approximate:
        return torch.stack([v * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3))) / 2 for v in x])
    return torch.stack([v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x])

# %% [wrong] gelu always-in-double kills="any shape and size" says="type"
# Computes, and returns, in double precision.
def gelu(x, approximate=False):
    x = x.double()
    if approximate:
        return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2

# %% [alternative] gelu normal-distribution
# Asks torch's normal distribution for Φ.
def gelu(x, approximate=False):
    if not approximate:
        return x * torch.distributions.Normal(0, 1).cdf(x)
    inner = (2 / torch.pi) ** 0.5 * x * (1 + 0.044715 * x * x)
    return 0.5 * x + 0.5 * x * inner.tanh()

# %% [alternative] gelu by-erfc
# The complementary error function, and tanh as a sigmoid.
def gelu(x, approximate=False):
    if approximate:
        z = math.sqrt(2 / math.pi) * (x + 0.044715 * x.pow(3))
        return x * torch.sigmoid(2 * z)
    return 0.5 * x * torch.erfc(-x * 2**-0.5)

# %% [task] slopes difficulty=2 minutes=20 allows="exp, tanh, sigmoid, erf, where" forbids="torch.autograd, torch.func, backward"
# # Their slopes
# Write `slopes(name, x)`: the derivative at each entry of `x` of the function called `name`: `"relu"`, `"sigmoid"`, `"tanh"` or `"gelu"` (the exact one).
#
# Shape and type stay the same. Write formulas, not autograd; `torch.sigmoid` and `torch.tanh` may be used here. At exactly 0 the slope of ReLU is 0, as in PyTorch.
# Far out, at 1000 and at -1000, the slopes must be finite and right too.
# Any other name raises a `ValueError` that repeats the name.
# Hint: Which slopes can be written with the function's own value?
# Hint: $\sigma' = \sigma(1 - \sigma)$ and $\tanh' = 1 - \tanh^2$; the product rule on $x\,\Phi(x)$ gives two terms.
# Hint: GELU: $\Phi(x) + x\,\varphi(x)$ with $\varphi(x) = e^{-x^2/2}/\sqrt{2\pi}$;
#   ReLU: `(x > 0).to(x.dtype)`.
def slopes(name, x):
    """The derivative of the activation `name` at each entry of x."""
    ### BEGIN SOLUTION
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name == "sigmoid":
        s = torch.sigmoid(x)
        return s * (1 - s)
    if name == "tanh":
        return 1 - torch.tanh(x) ** 2
    if name == "gelu":
        density = torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * density
    raise ValueError(f"expected relu, sigmoid, tanh or gelu, got {name!r}")
    ### END SOLUTION

# %% [test] slopes points=7
def slope_by_autograd(f, x):
    leaf = x.clone().requires_grad_()
    return torch.autograd.grad(f(leaf).sum(), leaf)[0]

x = torch.cat([torch.linspace(-4, 4, 17), torch.tensor([0.0])]).to(torch.float64).reshape(3, 6)
exactly = {"rtol": 1e-11, "atol": 1e-13}  # double precision: a right formula agrees to 1e-15
closely = {"rtol": 1e-7, "atol": 2e-8}  # a constant in single precision errs by 1e-8
with check("relu", points=1, hint="One on the right, zero on the left, and zero at zero."):
    torch.testing.assert_close(slopes("relu", x), slope_by_autograd(torch.relu, x), **exactly)
with check("sigmoid", points=1, hint="σ(1 - σ), with the sigmoid's value."):
    torch.testing.assert_close(slopes("sigmoid", x), slope_by_autograd(torch.sigmoid, x), **exactly)
with check("tanh", points=1, hint="1 minus the square of tanh."):
    torch.testing.assert_close(slopes("tanh", x), slope_by_autograd(torch.tanh, x), **exactly)
with check("gelu", points=1, hint="The product rule gives two terms."):
    torch.testing.assert_close(slopes("gelu", x), slope_by_autograd(F.gelu, x), **closely)
with check("from formulas", points=1, hint="Differentiate on paper."):
    slopes("tanh", x)
    forbid(slopes, "torch.autograd", "torch.func", "functorch", "backward", "gelu_backward",
           "tanh_backward", "sigmoid_backward", "threshold_backward")
    for name in ("relu", "sigmoid", "tanh", "gelu"):
        ran = operators_used(slopes, name, x)
        ready = [one for one in ran if "backward" in one or "dual" in one]
        assert not ready, f"autograd ran, torch's own {ready[0]}: this task asks for formulas"
### BEGIN HIDDEN TESTS
with check("far out", points=1, hint="Which exponential overflows? The function's own value never does."):
    far = torch.tensor([1000.0, -1000.0])
    for name, expected in (("relu", [1.0, 0.0]), ("sigmoid", [0.0, 0.0]), ("tanh", [0.0, 0.0]),
                           ("gelu", [1.0, 0.0])):
        torch.testing.assert_close(slopes(name, far), torch.tensor(expected))
with check("an unknown name is refused", points=1, hint="Raise ValueError and repeat the name."):
    for name in ("softplus", "relu6", "elu", "ReLU", "prelu"):
        with raises(ValueError, about=name):
            slopes(name, x)
### END HIDDEN TESTS
score()

# %% [wrong] slopes one-at-zero kills="relu" says="zero at zero"
# Takes ReLU's slope at zero as one.
def slopes(name, x):
    if name == "relu":
        return (x >= 0).to(x.dtype)
    if name == "sigmoid":
        return torch.sigmoid(x) * (1 - torch.sigmoid(x))
    if name == "tanh":
        return 1 - torch.tanh(x) ** 2
    if name == "gelu":
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    raise ValueError(name)

# %% [wrong] slopes only-phi kills="gelu" says="product rule"
# Forgets the second term of the product rule.
def slopes(name, x):
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name == "sigmoid":
        return torch.sigmoid(x) * (1 - torch.sigmoid(x))
    if name == "tanh":
        return 1 - torch.tanh(x) ** 2
    if name == "gelu":
        return (1 + torch.erf(x / math.sqrt(2))) / 2
    raise ValueError(name)

# %% [wrong] slopes of-the-input kills="sigmoid, tanh, far out" says="value"
# Puts x where the function's value belongs.
def slopes(name, x):
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name == "sigmoid":
        return x * (1 - x)
    if name == "tanh":
        return 1 - x**2
    if name == "gelu":
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    raise ValueError(name)

# %% [wrong] slopes density-without-root kills="gelu" says="two terms"
# Normalises the density wrongly.
def slopes(name, x):
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name == "sigmoid":
        return torch.sigmoid(x) * (1 - torch.sigmoid(x))
    if name == "tanh":
        return 1 - torch.tanh(x) ** 2
    if name == "gelu":
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * torch.exp(-(x**2) / 2) / (2 * math.pi)
    raise ValueError(name)

# %% [wrong] slopes silent kills="an unknown name is refused" says="nothing was raised"
# Returns nothing for an unknown name.
def slopes(name, x):
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name == "sigmoid":
        return torch.sigmoid(x) * (1 - torch.sigmoid(x))
    if name == "tanh":
        return 1 - torch.tanh(x) ** 2
    if name == "gelu":
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)

# %% [wrong] slopes autograd kills="from formulas" says="yourself"
# Lets autograd do it.
def slopes(name, x):
    functions = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu}
    if name not in functions:
        raise ValueError(name)
    leaf = x.clone().requires_grad_()
    return torch.autograd.grad(functions[name](leaf).sum(), leaf)[0]

# %% [wrong] slopes overflows kills="far out" says="overflows"
# Writes the sigmoid's slope with an exponential that overflows on the left.
def slopes(name, x):
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name == "sigmoid":
        return torch.exp(-x) / (1 + torch.exp(-x)) ** 2
    if name == "tanh":
        return 1 - torch.tanh(x) ** 2
    if name == "gelu":
        density = torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * density
    raise ValueError(name)

# %% [wrong] slopes tanh-by-exponentials kills="far out" says="overflows"
# Divides infinity by infinity on both sides.
def slopes(name, x):
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name == "sigmoid":
        return torch.sigmoid(x) * (1 - torch.sigmoid(x))
    if name == "tanh":
        up, down = torch.exp(x), torch.exp(-x)
        return 1 - ((up - down) / (up + down)) ** 2
    if name == "gelu":
        density = torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * density
    raise ValueError(name)

# %% [wrong] slopes by-differences kills="sigmoid, tanh, far out" says="own value|values differ"
# Moves x a little instead of differentiating.
def slopes(name, x):
    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu}
    if name == "relu":
        return (x > 0).to(x.dtype)
    if name not in functions:
        raise ValueError(name)
    f, h = functions[name], 1e-6
    return (f(x + h) - f(x - h)) / (2 * h)

# %% [wrong] slopes autograd-by-another-name kills="from formulas" says="yourself"
# Finds another door to autograd.
def slopes(name, x):
    functions = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu}
    if name not in functions:
        raise ValueError(name)
    return torch.func.jvp(functions[name], (x,), (torch.ones_like(x),))[1]

# %% [wrong] slopes a-backward-of-ones-own kills="from formulas" says="autograd ran"
# Has a method called backward, and calls the library's.
class Slope:
    def backward(self):
        return 1

def slopes(name, x):
    functions = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu}
    if name not in functions:
        raise ValueError(name)
    leaf = x.clone().requires_grad_()
    functions[name](leaf).sum().backward()
    return leaf.grad

# %% [wrong] slopes guesses-the-name kills="an unknown name is refused" says="nothing was raised"
# Looks at the beginning of the name.
def slopes(name, x):
    if name.startswith("relu"):
        return (x > 0).to(x.dtype)
    if name.startswith("sigmoid"):
        return torch.sigmoid(x) * (1 - torch.sigmoid(x))
    if name.startswith("tanh"):
        return 1 - torch.tanh(x) ** 2
    if name.startswith("gelu"):
        density = torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        return (1 + torch.erf(x / math.sqrt(2))) / 2 + x * density
    raise ValueError(name)

# %% [alternative] slopes table-of-lambdas
# A dictionary, and other forms of the same formulas.
def slopes(name, x):
    table = {
        "relu": lambda: torch.where(x > 0, torch.ones_like(x), torch.zeros_like(x)),
        "sigmoid": lambda: torch.sigmoid(x) * torch.sigmoid(-x),
        "tanh": lambda: 1 / torch.cosh(x) ** 2,
        "gelu": lambda: 0.5 * torch.erfc(-x / 2**0.5) + x * torch.exp(-0.5 * x * x) / (2 * torch.pi) ** 0.5,
    }
    if name not in table:
        raise ValueError(f"unknown activation {name}")
    return table[name]()

# %% [alternative] slopes by-match
# A match statement; GELU's density from torch's normal distribution.
def slopes(name, x):
    match name:
        case "relu":
            return x.sign().clamp(min=0)
        case "sigmoid":
            e = torch.exp(-x.abs())
            return e / (1 + e) ** 2
        case "tanh":
            return (1 - x.tanh()) * (1 + x.tanh())
        case "gelu":
            normal = torch.distributions.Normal(torch.zeros_like(x), torch.ones_like(x))
            return normal.cdf(x) + x * normal.log_prob(x).exp()
        case _:
            raise ValueError("no such activation: " + name)

# %% [task] predict difficulty=2 minutes=15 allows="sigmoid, softmax, argmax of torch"
# # Choose the last layer
# Write `predict(kind, logits)`: what a network with these last-layer outputs (B, K) says about each example.
#
# - `kind="one of K"`: exactly one class is right. Return the probabilities of the classes, (B, K), each row adding up to 1.
# - `kind="any of K"`: each label may hold or not, independently. Return the probability of each label, (B, K).
# - `kind="number"`: a quantity of any size and sign is asked for. Return the outputs as they are.
#
# Outputs of 1000 and -1000 may occur.
# Hint: In which of the three cases do the outputs compete with each other?
# Hint: softmax makes the entries of a row compete; a sigmoid looks at one entry alone; for a number, nothing may bound the output.
# Hint: `torch.softmax(logits, 1)`, `torch.sigmoid(logits)`, and `logits`.
def predict(kind, logits):
    """Probabilities or numbers, (B, K), for the `kind` of question."""
    ### BEGIN SOLUTION
    if kind == "one of K":
        return torch.softmax(logits, 1)
    if kind == "any of K":
        return torch.sigmoid(logits)
    return logits
    ### END SOLUTION

# %% [test] predict points=5
logits = torch.randn(6, 4) * 2
with check("one of K: rows add up to one", points=1,
           hint="Which function makes the classes compete, and along which axis?"):
    p = predict("one of K", logits)
    assert p.shape == logits.shape, f"(6, 4) was asked for, the shape is {tuple(p.shape)}"
    torch.testing.assert_close(p.sum(1), torch.ones(6))
    assert (p > 0).all(), "a probability is not positive"
with check("any of K: each label by itself", points=1,
           hint="Changing one output must not change the probability of another label."):
    p = predict("any of K", logits)
    assert p.shape == logits.shape, f"(6, 4) was asked for, the shape is {tuple(p.shape)}"
    assert ((p > 0) & (p < 1)).all(), "a probability lies between 0 and 1"
    changed = logits.clone()
    changed[:, 0] += 3
    torch.testing.assert_close(predict("any of K", changed)[:, 1:], p[:, 1:])
    torch.testing.assert_close(torch.logit(p), logits, rtol=1e-3, atol=1e-3)
with check("number: any size and sign", points=1, hint="Which function leaves the output alone?"):
    for numbers in (logits * 1e4, torch.tensor([[-3e4]]), torch.randn(2, 7)):
        torch.testing.assert_close(predict("number", numbers), numbers)
### BEGIN HIDDEN TESTS
with check("the loss of the last chapter fits", points=1,
           hint="The probabilities must be those that cross-entropy is minimal for."):
    y = torch.arange(6) % 4
    nats = -predict("one of K", logits)[torch.arange(6), y].log().mean()
    torch.testing.assert_close(nats, F.cross_entropy(logits, y))
with check("outputs of 1000", points=1, hint="Which exponential overflows? The library's do not."):
    far = torch.tensor([[1000.0, 999.0, -1000.0], [-1000.0, -1000.0, -999.0], [1000.0, 1000.0, 0.0]])
    s, t = 1 / (1 + math.exp(-1)), 1 / (2 + math.e)
    one = torch.tensor([[s, 1 - s, 0.0], [t, t, 1 - 2 * t], [0.5, 0.5, 0.0]])
    torch.testing.assert_close(predict("one of K", far), one, rtol=1e-5, atol=0)
    any_ = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.5]])
    torch.testing.assert_close(predict("any of K", far), any_, rtol=1e-5, atol=0)
### END HIDDEN TESTS
score()

# %% [wrong] predict softmax-for-labels kills="any of K: each label by itself, outputs of 1000" says="another label"
# Uses softmax whenever there are several outputs.
def predict(kind, logits):
    return logits if kind == "number" else torch.softmax(logits, 1)

# %% [wrong] predict sigmoid-for-classes kills="one of K: rows add up to one, the loss of the last chapter fits, outputs of 1000" says="compete"
# Uses sigmoids everywhere.
def predict(kind, logits):
    return logits if kind == "number" else torch.sigmoid(logits)

# %% [wrong] predict relu-for-numbers kills="number: any size and sign" says="leaves the output alone"
# Puts a ReLU before a number, which can then not be negative.
def predict(kind, logits):
    if kind == "one of K":
        return torch.softmax(logits, 1)
    return torch.sigmoid(logits) if kind == "any of K" else torch.relu(logits)

# %% [wrong] predict softmax-over-the-batch kills="one of K: rows add up to one, the loss of the last chapter fits, outputs of 1000" says="axis"
# Takes the softmax along the batch.
def predict(kind, logits):
    if kind == "one of K":
        return torch.softmax(logits, 0)
    return torch.sigmoid(logits) if kind == "any of K" else logits

# %% [wrong] predict decisions-not-probabilities kills="one of K: rows add up to one, any of K: each label by itself, the loss of the last chapter fits, outputs of 1000" says="probability"
# Returns decisions where probabilities are asked for.
def predict(kind, logits):
    if kind == "one of K":
        return F.one_hot(logits.argmax(1), logits.shape[1]).float()
    return (logits > 0).float() if kind == "any of K" else logits

# %% [wrong] predict divided-sigmoids kills="the loss of the last chapter fits, outputs of 1000" says="cross-entropy"
# Divides sigmoids by their sum: rows add up to one, but it is no softmax.
def predict(kind, logits):
    s = torch.sigmoid(logits)
    if kind == "one of K":
        return s / s.sum(1, keepdim=True)
    return s if kind == "any of K" else logits

# %% [wrong] predict overflowing-softmax kills="outputs of 1000" says="overflows"
# Writes softmax as it stands in the book.
def predict(kind, logits):
    if kind == "one of K":
        return logits.exp() / logits.exp().sum(1, keepdim=True)
    return torch.sigmoid(logits) if kind == "any of K" else logits

# %% [wrong] predict one-maximum kills="outputs of 1000" says="overflows"
# Subtracts one maximum for the whole batch: a row far below it becomes 0 / 0.
def predict(kind, logits):
    if kind == "one of K":
        e = (logits - logits.max()).exp()
        return e / e.sum(1, keepdim=True)
    return torch.sigmoid(logits) if kind == "any of K" else logits

# %% [alternative] predict by-exponentials
# Written out.
def predict(kind, logits):
    if kind == "number":
        return logits
    if kind == "any of K":
        return 1 / (1 + torch.exp(-logits))
    e = torch.exp(logits - logits.max(dim=-1, keepdim=True).values)
    return e / e.sum(dim=-1, keepdim=True)

# %% [alternative] predict table
# A dictionary of layers; a copy of the numbers.
def predict(kind, logits):
    layers = {"one of K": nn.Softmax(dim=-1), "any of K": nn.Sigmoid(), "number": nn.Identity()}
    return layers[kind](logits).clone()

# %% [given] dead_net
def dead_net(seed):
    """A network for digits, (B, 64) -> logits (B, 10), most of whose hidden units are dead."""
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    with torch.no_grad():
        for layer in (net[0], net[2]):
            layer.bias[torch.rand(64) < 0.9] = -20.0
    return net.to(device)

digits = data.digits()                       # x (1797, 64) in [0, 1], y (1797,)

# %% [task] dead_share difficulty=2 minutes=15 allows="anything in torch"
# # Count the dead
# Write `dead_share(net, x)`: the share, from 0 to 1, of hidden units of `net` that are zero for *every* row of `x`.
#
# `net` is an `nn.Sequential` of `nn.Linear` and `nn.ReLU` layers in turn that ends in a linear layer; hidden units are the entries that come out of its ReLUs,
# all of them together. The parameters must stay as they are. Return a Python number.
# Hint: When is a unit dead: if it is off for one example, for most of them, or for all?
# Hint: Go through the layers of `net` one by one, and after each ReLU look at which columns are zero in all rows.
# Hint: `(h == 0).all(0)` is true for the dead units of one layer; collect them from all ReLUs with
#   `torch.cat` and take the mean.
def dead_share(net, x):
    """Share of hidden units (outputs of the ReLUs) that are zero for every row of x."""
    ### BEGIN SOLUTION
    dead = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                dead.append((x == 0).all(0))
    return torch.cat(dead).float().mean().item()
    ### END SOLUTION

# %% [test] dead_share points=5
def net_with(dead_first, dead_second):
    """Two hidden layers of 10 and 30 units with so many dead ones."""
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 30), nn.ReLU(), nn.Linear(30, 2))
    with torch.no_grad():
        for layer, dead in ((net[0], dead_first), (net[2], dead_second)):
            layer.weight.uniform_(-0.1, 0.1)
            layer.bias.fill_(1.0)
            layer.bias[:dead] = -50.0
    return net

x = torch.rand(50, 4)
net = net_with(4, 0)
with check("a layer of dead units", points=1, hint="Count units that are off for all rows."):
    told = dead_share(net, x)
    assert isinstance(told, float), f"a Python number was asked for, got {type(told).__name__}"
    assert abs(told - 4 / 40) < 1e-6, f"4 of 40 hidden units are dead, returned was {told:.3f}"
with check("both hidden layers count", points=1,
           hint="Each unit counts once, whichever layer it is in: 10 and 30 units."):
    told = dead_share(net_with(5, 6), x)
    assert abs(told - 11 / 40) < 1e-6, f"11 of 40 hidden units are dead, returned was {told:.3f}"
### BEGIN HIDDEN TESTS
with check("off for some is not dead", points=1, hint="A unit that is on for a single row is alive."):
    half = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        half[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
        half[0].bias.copy_(torch.tensor([-0.99999, -2.0]))
    told = dead_share(half, torch.linspace(0, 1, 200)[:, None].roll(70, 0))
    assert abs(told - 0.5) < 1e-6, (
        f"one of two units is on for one row and so alive, returned was {told:.3f}")
with check("a living network", points=1, hint="Outputs of the last layer are not hidden units."):
    told = dead_share(net_with(0, 0), x)
    assert abs(told) < 1e-6, f"no unit is dead here, returned was {told:.3f}"
with check("other networks", points=1, hint="Any number of layers; and the network stays as it is."):
    net = net_with(0, 30)
    told = dead_share(net, x)
    assert abs(told - 30 / 40) < 1e-6, f"30 of 40 hidden units are dead, returned was {told:.3f}"
    assert len(net) == 5 and all(p.requires_grad for p in net.parameters()), "the network has changed"
    deep = nn.Sequential(*net_with(1, 4)[:4], nn.Linear(30, 7), nn.ReLU(), nn.Linear(7, 3))
    with torch.no_grad():
        deep[4].bias.copy_(torch.tensor([-50.0, -50.0, 50.0, 50.0, 50.0, 50.0, 50.0]))
    told = dead_share(deep, x)
    assert abs(told - 7 / 47) < 1e-6, f"7 of 47 hidden units are dead, returned was {told:.3f}"
### END HIDDEN TESTS
score()

# %% [wrong] dead_share zeros-not-units kills="off for some is not dead" says="alive"
# Counts zeros instead of units that are always zero.
def dead_share(net, x):
    zeros = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                zeros.append((x == 0).float().mean(0))
    return torch.cat(zeros).mean().item()

# %% [wrong] dead_share mean-of-layers kills="a layer of dead units, both hidden layers count, other networks" says="units"
# Averages the layers' shares, so that small layers count too much.
def dead_share(net, x):
    shares = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                shares.append((x == 0).all(0).float().mean().item())
    return sum(shares) / len(shares)

# %% [wrong] dead_share last-layer-only kills="a layer of dead units, both hidden layers count, other networks" says="40 hidden units"
# Looks at the last hidden layer alone.
def dead_share(net, x):
    with torch.no_grad():
        return (net[:-1](x) == 0).all(0).float().mean().item()

# %% [wrong] dead_share any kills="off for some is not dead" says="alive"
# Calls a unit dead that is off once.
def dead_share(net, x):
    dead = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                dead.append((x == 0).any(0))
    return torch.cat(dead).float().mean().item()

# %% [wrong] dead_share counts kills="a layer of dead units, both hidden layers count, off for some is not dead, other networks" says="returned was"
# Returns the number, not the share.
def dead_share(net, x):
    dead = 0
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                dead += (x == 0).all(0).sum().item()
    return float(dead)

# %% [wrong] dead_share dead-rows kills="a layer of dead units, both hidden layers count, off for some is not dead, other networks" says="returned was"
# Looks along the wrong axis: rows in which every unit is off.
def dead_share(net, x):
    dead = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                dead.append((x == 0).all(1))
    return torch.cat(dead).float().mean().item()

# %% [wrong] dead_share some-rows kills="off for some is not dead" says="alive"
# Looks at a sample of the rows.
def dead_share(net, x):
    dead, h = [], x[:32]
    with torch.no_grad():
        for layer in net:
            h = layer(h)
            if isinstance(layer, nn.ReLU):
                dead.append((h == 0).all(0))
    return torch.cat(dead).float().mean().item()

# %% [wrong] dead_share a-tensor kills="a layer of dead units" says="Python number"
# Returns a tensor.
def dead_share(net, x):
    dead = []
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            dead.append((x == 0).all(0))
    return torch.cat(dead).float().mean()

# %% [wrong] dead_share repairs-at-once kills="a layer of dead units" says="changed its input"
# Counts, and then draws the layers anew.
def dead_share(net, x):
    dead = []
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            dead.append((x == 0).all(0))
    for layer in net[::2]:
        layer.reset_parameters()
    return torch.cat(dead).float().mean().item()

# %% [wrong] dead_share two-layers-only kills="other networks" says="layers"
# Looks at one or two hidden layers, and at no more.
def dead_share(net, x):
    with torch.no_grad():
        first, second = net[:2](x), net[:4](x) if len(net) > 3 else net[:2](x)
    return torch.cat([(first == 0).all(0), (second == 0).all(0)]).float().mean().item()

# %% [alternative] dead_share by-maximum
# A unit is dead when its largest activation is zero.
def dead_share(net, x):
    largest = []
    for layer in net[:-1]:
        x = layer(x).detach()
        if isinstance(layer, nn.ReLU):
            largest.append(x.max(dim=0).values)
    largest = torch.cat(largest)
    return float((largest <= 0).sum()) / len(largest)

# %% [alternative] dead_share by-linear-layers
# Looks at the linear layers' outputs, before the ReLU.
def dead_share(net, x):
    dead = total = 0
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    for layer in linear[:-1]:
        z = layer(x)
        dead += int((z <= 0).all(0).sum())
        total += z.shape[1]
        x = z.clamp(min=0)
    return dead / total

# %% [task] revive difficulty=3 minutes=30 allows="anything in torch, data.batches"
# # Bring them back
# `dead_net` makes a network whose hidden units are nearly all dead. Write `revive(net, x, y, epochs)`: it repairs and trains `net` *in place*
# on `x` (N, 64), `y` (N,), so that it recognises digits and fewer than a quarter of its hidden units are dead on `x`.
#
# The layers must stay what they are: linear, ReLU, and of the same sizes. You may set parameters as you like before you train;
# then train on `x` and `y` as they come, unscaled, for all `epochs` passes.
# With `epochs=12`, batches of 32 and Adam at a rate of 0.003, 94 % on unseen digits are enough, and easily reached; at a rate of 0.01 too many units die again.
# Hint: Why does training alone not help a unit that is off for every example?
# Hint: Look at the biases of `net`. Which values would let every unit be on for some examples?
# Hint: Set the biases of all linear layers to zero (or draw the layers anew with `layer.reset_parameters()`),
#   then train as usual, at a rate that does not kill them again.
def revive(net, x, y, epochs):
    """Repair and train net in place; x (N, 64), y (N,)."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.Linear):
                layer.bias.zero_()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()
    ### END SOLUTION

# %% [given] before_and_after
with attempt("revive"):
    examples = data.split(digits, seed=0).train
    net = dead_net(0)
    before = (net[:4](examples.x.to(device)) > 0).float().cpu()
    revive(net, examples.x.to(device), examples.y.to(device), 2)
    after = (net[:4](examples.x.to(device)) > 0).float().cpu()
    fig, axes = plt.subplots(1, 2)
    for ax, on, title in zip(axes, (before, after), ("before", "after")):
        ax.bar(range(64), on.mean(0).detach().numpy())
        ax.set(xlabel=f"unit of the second layer, {title}", ylabel="share of images", ylim=(0, 1))
    plt.show()

# %% [test] revive points=7
def share_of_dead(net, x):
    """The share of hidden units that are zero for every row, as a test of its own."""
    first = torch.relu(net[0](x))
    second = torch.relu(net[2](first))
    return torch.cat([(first <= 0).all(0), (second <= 0).all(0)]).float().mean().item()

with check("few dead units are left", points=2,
           hint="A dead unit has no gradient: repair the biases before you train.") as c:
    net = dead_net(1)
    part = data.split(digits, seed=1).train
    revive(c.inplace(net), part.x.to(device), part.y.to(device), 3)
    left = share_of_dead(net, part.x.to(device))
    assert left < 0.25, f"{left:.0%} of the hidden units are dead after revive"
with check("the layers are the same", points=1, hint="Change parameters, not layers.") as c:
    net = dead_net(2)
    revive(c.inplace(net), part.x[:64].to(device), part.y[:64].to(device), 1)
    layers = " ".join(type(layer).__name__ for layer in net)
    assert layers == "Linear ReLU Linear ReLU Linear", f"the layers are now {layers}"
    z = part.x[:64].to(device)
    by_hand = net[4](torch.relu(net[2](torch.relu(net[0](z)))))
    torch.testing.assert_close(net(z), by_hand, msg="the network computes something else than its layers")
    shapes = [tuple(p.shape) for p in net.parameters()]
    assert shapes == [(64, 64), (64,), (64, 64), (64,), (10, 64), (10,)], (
        f"the parameters' shapes are now {shapes}")
### BEGIN HIDDEN TESTS
def steps_taken(revive, net, x, y, n):
    """How often the last layer's weights get a gradient."""
    seen = []
    net[4].weight.register_hook(lambda gradient: seen.append(1))
    revive(net, x, y, n)
    return len(seen)

with check("as many epochs as asked for", points=1, hint="One pass over all rows per epoch."):
    one, three = (
        remote(steps_taken, revive, dead_net(210), part.x[:64].to(device), part.y[:64].to(device), n)
        for n in (1, 3))
    assert three == 3 * one, f"epochs=1 makes {one} steps, epochs=3 makes {three}"
with check("it recognises digits that it has not seen", points=3,
           hint="Repair first, then train on all batches, for all epochs.") as c:
    results, dead = [], []
    for seed in range(3):
        net = dead_net(200 + seed)
        relabel = torch.randperm(10)
        split = data.split(digits, seed=200 + seed)
        labels = relabel[split.train.y].to(device)
        revive(c.inplace(net), split.train.x.to(device), labels, epochs)
        noisy = (split.test.x + 0.05 * torch.randn(split.test.x.shape)).to(device)
        hidden = torch.relu(net[2](torch.relu(net[0](noisy))))  # as the layers are meant
        right = net[4](hidden).argmax(1).cpu() == relabel[split.test.y]
        results.append(right.float().mean().item())
    mean = sum(results) / 3
    # the bar of 94 % less two standard errors of 3 x 449 test images (0.65 points each)
    assert mean > 0.927, f"the mean of three splits is {mean:.1%}"
### END HIDDEN TESTS
score()

# %% [wrong] revive trains-only kills="few dead units are left, it recognises digits that it has not seen" says="no gradient"
# Trains and hopes.
def revive(net, x, y, epochs):
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()

# %% [wrong] revive repairs-only kills="it recognises digits that it has not seen" says="train"
# Repairs the biases and does not train.
def revive(net, x, y, epochs):
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.Linear):
                layer.bias.zero_()

# %% [wrong] revive a-new-network kills="few dead units are left, it recognises digits that it has not seen" says="dead"
# Trains a new network and leaves the given one alone.
def revive(net, x, y, epochs):
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(x.device)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()

# %% [wrong] revive one-layer-only kills="few dead units are left, it recognises digits that it has not seen" says="dead after revive"
# Repairs only the first hidden layer.
def revive(net, x, y, epochs):
    with torch.no_grad():
        net[0].bias.zero_()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()

# %% [wrong] revive leaky kills="the layers are the same" says="LeakyReLU"
# Puts leaky ReLUs in place of the ReLUs.
def revive(net, x, y, epochs):
    net[1], net[3] = nn.LeakyReLU(0.3), nn.LeakyReLU(0.3)
    with torch.no_grad():
        net[0].bias.zero_()
        net[2].bias.zero_()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()

# %% [wrong] revive one-more-layer kills="the layers are the same" says="LogSoftmax"
# Puts a log-softmax at the end.
def revive(net, x, y, epochs):
    with torch.no_grad():
        net[0].bias.zero_()
        net[2].bias.zero_()
    net.append(nn.LogSoftmax(1))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.nll_loss(net(x[i]), y[i]).backward()
            optimizer.step()

# %% [wrong] revive kills-them-again kills="few dead units are left, it recognises digits that it has not seen" says="dead"
# Repairs, then trains at a rate that kills the units again.
def revive(net, x, y, epochs):
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.Linear):
                layer.bias.zero_()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.5)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()

# %% [wrong] revive epochs-of-its-own kills="as many epochs as asked for" says="epochs=1"
# Always trains for twelve epochs.
def revive(net, x, y, epochs):
    with torch.no_grad():
        for layer in net[::2]:
            layer.bias.zero_()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(12):
        for i in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()

# %% [alternative] revive reset-and-momentum
# Draws all layers anew and trains by momentum.
def revive(net, x, y, epochs):
    for layer in net:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for _ in range(epochs):
        for xb, yb in data.batches((x, y), 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(net(xb), yb).backward()
            optimizer.step()

# %% [alternative] revive he-and-small-biases
# He's weights and slightly positive biases; AdamW.
def revive(net, x, y, epochs):
    for layer in (net[0], net[2], net[4]):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.constant_(layer.bias, 0.05)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
    net.train()
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(16):
            loss = F.cross_entropy(net(x[i]), y[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

# %% [written] why_tanh points=2
# In the chapter, a network of thirty layers learned at least as well with tanh as with ReLU, but not with sigmoids, although tanh is only a stretched sigmoid. What is the difference that matters?
# Rubric: One point for: the slope at zero, 1 for tanh and 1/4 for the sigmoid. One point for: the gradient is multiplied by one slope per layer, so it keeps its size through tanh with weights of the right size and shrinks by a power through sigmoids.
# Answer: Near zero tanh has slope 1 and the sigmoid has slope 1/4. The gradient is multiplied by one slope (and one weight matrix) per layer on its way back; with weights of the right size it keeps its size through thirty layers of tanh, and with sigmoids it shrinks by about a factor of ten every five layers.
