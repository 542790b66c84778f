"""Honest otherwise: closes its streams and all descriptors that a script might."""
# cell: top
import sys

sys.stdout.close()
sys.stderr = None
sys.stdin.close()
