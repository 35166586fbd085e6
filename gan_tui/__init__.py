"""gan-tui: train a GAN over SSH and watch the digits appear.

`gan_tui.track` puts a training loop of your own on the same screen: docs/your-own-training.md. Importing this imports next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_tui.config import RunConfig
    from gan_tui.run.table import open_run
    from gan_tui.tracking.run import Run
    from gan_tui.tracking.start import track
    from gan_tui.training.library import Trainer
    from gan_tui.training.saved_generator import load_generator

__version__ = "0.1.0"
__all__ = ["Run", "RunConfig", "Trainer", "__version__", "load_generator", "open_run", "track"]


_HOMES = {
    "Run": "gan_tui.tracking.run",
    "RunConfig": "gan_tui.config",
    "Trainer": "gan_tui.training.library",
    "load_generator": "gan_tui.training.saved_generator",
    "open_run": "gan_tui.run.table",
    "track": "gan_tui.tracking.start",
}

if not TYPE_CHECKING:  # to a type checker every name would be known

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'gan_tui' has no attribute '{name}'")
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
