"""Files beside the notebook that shadow libraries."""
def damage(notebook, folder):
    for name in ("torch.py", "course_utils.py", "sitecustomize.py", "nbgrader_config.py"):
        (folder / name).write_text("raise SystemExit('shadowed')")
    return notebook
