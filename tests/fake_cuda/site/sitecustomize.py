"""Puts the fake card into every Python process that has this folder on its path, as soon as it has imported torch.

`GAN_TUI_FAKE_CARD` says which, as JSON (see whole_process.py).
"""

import importlib.abc
import importlib.machinery
import json
import os
import sys
from collections.abc import Sequence
from types import ModuleType


class _AfterTorch(importlib.abc.MetaPathFinder):
    """Finds torch as Python would, and calls `_install` behind it."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_install(module: ModuleType) -> None:
                load(module)
                _install()

            spec.loader.exec_module = load_and_install  # type: ignore[method-assign]
        return spec


def _install() -> None:
    from tests.fake_cuda.whole_process import install

    globals()["_kept"] = install(**json.loads(os.environ["GAN_TUI_FAKE_CARD"]))  # longer than any other module


if os.environ.get("GAN_TUI_FAKE_CARD"):
    sys.meta_path.insert(0, _AfterTorch())
