"""Widgets: one Python class and one ES module each; the book uses the module without a kernel."""


def __getattr__(name):
    if name == "ActivationExplorer":
        from course_utils.widgets.activation_explorer import ActivationExplorer

        return ActivationExplorer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
