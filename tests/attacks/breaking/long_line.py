"""Honest: prints a line of 50 MB."""
# cell: top
print("x" * 50_000_000)
