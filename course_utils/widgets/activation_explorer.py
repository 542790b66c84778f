"""The activation explorer for JupyterLab; the book draws the same module without a kernel."""

from pathlib import Path

import anywidget
import traitlets

FOLDER = Path(__file__).parent
FUNCTIONS = ("relu", "leaky relu", "sigmoid", "tanh", "gelu")


class ActivationExplorer(anywidget.AnyWidget):
    """A function, its slope, and what 20 layers of it do to a signal and to its gradient.

    function: one of FUNCTIONS. x: the input that is shown, from -4 to 4. gain: the factor of every
    layer's weights, whose variance is gain² / width. broken: the failure of the chapter, twenty
    layers of sigmoids. Set them from Python or in the widget; both follow.
    """

    _esm = FOLDER / "activation_explorer.js"
    _css = FOLDER / "activation_explorer.css"

    function = traitlets.Enum(FUNCTIONS, default_value="relu").tag(sync=True)
    x = traitlets.Float(1.0, min=-4, max=4).tag(sync=True)
    gain = traitlets.Float(1.4, min=0.2, max=5).tag(sync=True)
    broken = traitlets.Bool(False).tag(sync=True)
