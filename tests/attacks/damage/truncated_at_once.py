"""The file breaks off before its first cell."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: no cell in it can be read
def damage(notebook, folder):
    return '{"cells": [ {"cell_ty'
