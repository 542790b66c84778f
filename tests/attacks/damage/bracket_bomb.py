"""Forty megabytes of empty lists."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: more parts than any notebook
def damage(notebook, folder):
    return '{"cells": [' + "[]," * 13_000_000 + "[]]}"
