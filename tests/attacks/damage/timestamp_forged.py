"""A timestamp that is none, and one of the year 9999."""
def damage(notebook, folder):
    (folder / "timestamp.txt").write_text("9999-99-99 then")
    return notebook
