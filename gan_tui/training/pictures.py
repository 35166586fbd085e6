"""The images of a run: grids for people, previews for the screen, and the training images that samples are nearest to."""

from pathlib import Path

import msgspec
import torch
from torch import Tensor, nn

from gan_tui.config import RunConfig
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.files import write_atomic
from gan_tui.run.images import encode_npy
from gan_tui.run.preview import Pair, Preview
from gan_tui.training import build, grids
from gan_tui.training.session import Session

NEIGHBOUR_CHUNK = 5000
"""Training images compared at a time."""


class Pictures:
    """Everything of a run that people look at. All of it comes from the run's fixed latents."""

    def __init__(self, run: RunDirectory, settings: RunConfig) -> None:
        self._run = run
        self._settings = settings
        self._shape = build.image_shape(settings)
        self._pair: Pair | None = None

    def write_real(self, images: Tensor) -> None:
        """What the data looks like, from training images, uint8 (N, pixels). Raises OSError."""
        real = grids.denorm(build.to_unit_range(images)).view(-1, *self._shape)
        write_atomic(self._run.real_images, grids.grid_png(real, self._settings.samples.columns))
        write_atomic(self._run.real_preview, encode_npy(grids.to_images(real)), durable=False)

    def write_grid(self, path: Path, session: Session) -> list[float]:
        """A PNG of what the latents give now; D's scores of them come back. Raises OSError."""
        images = self._generate(session.sampler, session)
        write_atomic(path, grids.grid_png(images, self._settings.samples.columns))
        self.write_preview(session)
        return [round(score, 4) for score in _scores(session, images)]

    def write_preview(self, session: Session) -> None:
        """For the screen: of the average where there is one, and of the weights as they are. Raises OSError."""
        preview.write(self._run.path, self._preview(session))

    def write_neighbours(self, session: Session) -> None:
        """To each sample the training image at the smallest distance, pixel by pixel. Raises OSError."""
        now = self._preview(session)
        samples = self._generate(session.sampler, session).flatten(1)
        indices, distances = nearest(samples, session.images)
        found = grids.denorm(build.to_unit_range(session.images[indices])).view(-1, *self._shape)
        rounded = tuple(round(distance, 4) for distance in distances.tolist())
        self._pair = Pair(session.progress.step, now.images, grids.to_images(found), now.scores, rounded)
        preview.write(self._run.path, msgspec.structs.replace(now, pair=self._pair))

    def take_up(self) -> None:
        """Go on from what an earlier trainer of this run wrote."""
        before = preview.read(self._run.path)
        self._pair = before.pair if before else None

    def _preview(self, session: Session) -> Preview:
        images = self._generate(session.sampler, session)
        raw = self._generate(session.gan.generator, session) if session.gan.average is not None else None
        return Preview(
            step=session.progress.step,
            epoch=session.epochs_done,
            ema=raw is not None,
            images=grids.to_images(images),
            scores=tuple(_scores(session, images)),
            raw=None if raw is None else grids.to_images(raw),
            raw_scores=() if raw is None else tuple(_scores(session, raw)),
            pair=self._pair,
        )

    def _generate(self, generator: nn.Module, session: Session) -> Tensor:
        with build.evaluating(generator):
            return grids.generate(generator, session.fixed_latents, self._shape)


@torch.no_grad()
def nearest(samples: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """For samples (N, pixels) in [0, 1] the nearest of uint8 images (M, pixels): indices (N,) and distances (N,).

    The distance is the root of the mean squared difference of two pixels, 0 (the same image) to 1 (black against white).
    """
    best = torch.full((len(samples),), torch.inf, device=samples.device)
    indices = torch.zeros(len(samples), dtype=torch.int64, device=samples.device)
    for start in range(0, len(images), NEIGHBOUR_CHUNK):
        chunk = images[start : start + NEIGHBOUR_CHUNK].float().div_(255)
        found, where = torch.cdist(samples, chunk).min(1)
        closer = found < best
        best = torch.where(closer, found, best)
        indices = torch.where(closer, where + start, indices)
    return indices, best / samples.shape[1] ** 0.5


@torch.no_grad()
def _scores(session: Session, images: Tensor) -> list[float]:
    """D's belief in images (N, C, H, W) in [0, 1] of the fixed latents; none where its logits are no probabilities, or not finite."""
    if not session.gan.loss.probabilities:
        return []
    classes = session.fixed_latents[:, session.settings.model.latent_dim :]  # none, or a column of them
    with build.evaluating(session.gan.discriminator):
        scores = session.gan.discriminator(torch.cat([images.flatten(1) * 2 - 1, classes], 1)).sigmoid().flatten()
    return [float(score) for score in scores.tolist()] if bool(scores.isfinite().all()) else []
