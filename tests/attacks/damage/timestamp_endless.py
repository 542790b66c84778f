"""A timestamp that is a link to a device without end."""
def damage(notebook, folder):
    (folder / "timestamp.txt").symlink_to("/dev/zero")
    return notebook
