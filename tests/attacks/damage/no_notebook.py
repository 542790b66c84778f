"""A folder with a text file and no notebook."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: no notebook was handed in
def damage(notebook, folder):
    (folder / "answers.txt").write_text("softmax = 3")
