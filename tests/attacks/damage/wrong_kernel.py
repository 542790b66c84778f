"""The kernel has another name, and is of another language."""
def damage(notebook, folder):
    notebook["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    notebook["metadata"]["language_info"] = {"name": "julia"}
    return notebook
