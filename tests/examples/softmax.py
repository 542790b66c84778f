# ---
# title: A small exercise
# ---

# %% [text]
# # A small exercise
#
# For the tests of the machinery.

# %% [given] setup
import torch

from course_utils.checks import attempt, check, forbid, score

# %% [task] softmax difficulty=1 minutes=10 allows="exp, sum, max" forbids="torch.softmax"
# # Softmax that survives large logits
# Write `softmax(x)`: each row (B, K) becomes probabilities.
# Hint: What does exp(1000) give?
# Hint: Which number may you subtract from each row without changing the result?
# Hint: `x - x.max(-1, keepdim=True).values` goes
#   into the exponential.
def softmax(x):
    """Probabilities along the last axis, (B, K) -> (B, K)."""
    ### BEGIN SOLUTION
    e = (x - x.max(-1, keepdim=True).values).exp()
    return e / e.sum(-1, keepdim=True)
    ### END SOLUTION

# %% [given] show
with attempt("softmax"):
    print(softmax(torch.zeros(1, 2)))

# %% [test] softmax points=4
x = torch.randn(5, 7) * 3
with check("rows sum to one", points=1, hint="Over which axis do you sum?"):
    torch.testing.assert_close(softmax(x).sum(-1), torch.ones(5))
with check("written by hand", points=1):
    forbid(softmax, "torch.softmax")
### BEGIN HIDDEN TESTS
with check("large logits", points=2, hint="Subtract the maximum first."):
    assert softmax(torch.tensor([[1000.0, 0.0]])).isfinite().all(), "the result is not finite"
### END HIDDEN TESTS
score()

# %% [wrong] softmax no-max kills="large logits" says="maximum|not finite"
# Exponentiates without subtracting the maximum.
def softmax(x):
    return x.exp() / x.exp().sum(-1, keepdim=True)

# %% [wrong] softmax wrong-axis kills="rows sum to one, large logits" says="axis"
# Normalises columns.
def softmax(x):
    e = (x - x.max()).exp()
    return e / e.sum(0, keepdim=True)

# %% [wrong] softmax library kills="written by hand" says="yourself"
# Calls the library's own.
def softmax(x):
    return x.softmax(-1)

# %% [wrong] softmax changes-input kills="rows sum to one" says="changed its input"
# Works on the argument.
def softmax(x):
    x -= x.max(-1, keepdim=True).values
    return x.exp() / x.exp().sum(-1, keepdim=True)

# %% [wrong] softmax nothing kills="rows sum to one, large logits" says="NoneType"
# Forgets to return.
def softmax(x):
    x.exp()

# %% [alternative] softmax log-sum
# Subtracts the logarithm of the sum.
def softmax(x):
    return (x - x.logsumexp(-1, keepdim=True)).exp()

# %% [alternative] softmax loop
# Row by row.
def softmax(x):
    rows = [(row - row.max()).exp() for row in x]
    return torch.stack([row / row.sum() for row in rows])

# %% [written] why points=2
# Why may the maximum be subtracted?
# Rubric: One point for the cancelled factor, one for why it helps.
# Answer: The factor exp(-m) cancels in the quotient, and no exponent is then positive.
