"""gan-tui: train a GAN over SSH and watch the digits appear.

`gan_tui.track` puts a training loop of your own on the same screen: docs/your-own-training.md. Importing this imports next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_tui.tracking.run import Run
    from gan_tui.tracking.start import track

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "track"]


_HOMES = {"Run": "gan_tui.tracking.run", "track": "gan_tui.tracking.start"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gan_tui' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
