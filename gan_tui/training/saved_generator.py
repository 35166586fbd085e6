"""A run's generator for other programs: loaded in one line, and drawn from."""

import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from pathlib import Path

from torch import Tensor, nn

from gan_tui import own_code
from gan_tui.errors import UserError
from gan_tui.run import directory, finding
from gan_tui.run.directory import RunDirectory
from gan_tui.training import sampling

LARGEST_SEED = 2**63 - 1


class SavedGenerator:
    """The newest weights of a run, on the CPU."""

    def __init__(self, run: RunDirectory) -> None:
        """Raises UserError where nothing can be loaded."""
        self._run = run
        self.settings, self.module = sampling.load_generator(run)

    module: nn.Module
    """G itself: latents (N, latent_dim) to images, flat or not, in [-1, 1]."""

    def sample(
        self, count: int = 64, *, seed: int = 0, labels: int | str | Sequence[int] | None = None, truncation: float | None = None
    ) -> Tensor:
        """Images, float32 (N, C, H, W) in [0, 1]; the same seed gives the same ones, and as `gan-tui sample` draws them.

        `labels`: a class by number or name, or some in turn, where the run knows classes; by default all in turn. Raises UserError.
        """
        if isinstance(count, bool) or not isinstance(count, Integral) or count < 1:
            raise UserError(f"sample({count!r}): 1 image or more")
        if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed <= LARGEST_SEED:
            raise UserError(f"sample(seed={seed!r}): a whole number from 0 to 2**63 - 1 is wanted")
        if truncation is not None and not (isinstance(truncation, Real) and 0 < truncation < math.inf):
            raise UserError(f"sample(truncation={truncation!r}): a number above 0 is wanted, or None")
        return sampling.draw(self.settings, self.module, count, seed, self._classes(labels), truncation).images

    def _classes(self, labels: int | str | Sequence[int] | None) -> list[int]:
        if labels is None:
            return sampling.classes_of(self._run, self.settings, None)
        wanted = [labels] if isinstance(labels, int | str) else list(labels) if isinstance(labels, Iterable) else []
        if not wanted:
            raise UserError(f"sample(labels={labels!r}): a class by number or name, or a list of some, is wanted")
        return [found for one in wanted for found in sampling.classes_of(self._run, self.settings, str(one), "labels=")]


def load_generator(word: str = directory.LATEST, runs_dir: str | Path | None = None, *, model: str | None = None) -> SavedGenerator:
    """The generator of a run by path, name, the beginning of a name, or `latest`. Raises UserError.

    `model`: of a run with networks of the user's own, the code that may be imported for it, `package.module:factory` (gan_tui/own_code.py).
    """
    folder = directory.expand(str(runs_dir)) if runs_dir is not None else directory.default_runs_dir()
    if model is not None:
        own_code.allow("model.family", model)
    return SavedGenerator(finding.find(folder, word))
