"""Attacks on the grader: one small file each, with the verdict expected."""
