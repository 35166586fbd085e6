"""The images of a run: grids for people, previews for the screen, and the training images that samples are nearest to."""

from pathlib import Path

import msgspec
import torch
from torch import Tensor, nn

from gan_tui.config import RunConfig
from gan_tui.files import write_atomic
from gan_tui.metrics.distances import nearest
from gan_tui.pixel_range import denorm, from_uint8
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import encode_npy
from gan_tui.run.preview import Pair, Preview
from gan_tui.training import build, scoring
from gan_tui.training.grids import beside_outlines, grid_png, to_images
from gan_tui.training.session import Session


class Pictures:
    """Everything of a run that people look at. All of it comes from the run's fixed latents, and the outlines of held-out images."""

    def __init__(self, run: RunDirectory, settings: RunConfig) -> None:
        self._run = run
        self._settings = settings
        self._shape = build.image_shape(settings)
        self._pair: Pair | None = None

    def write_real(self, images: Tensor) -> None:
        """What the data looks like, from training images, uint8 (N, pixels). Raises OSError."""
        real = denorm(from_uint8(images)).view(-1, *self._shape)
        write_atomic(self._run.real_images, grid_png(real, self._settings.samples.columns))
        write_atomic(self._run.real_preview, encode_npy(to_images(real)), durable=False)

    def write_grid(self, path: Path, session: Session) -> list[float]:
        """A PNG of what the latents give now; D's scores of them come back. Raises OSError."""
        images = self._generate(session.sampler, session)
        write_atomic(path, grid_png(self._beside_outlines(images, session), self._settings.samples.columns))
        self.write_preview(session)
        return [round(score, 4) for score in _scores(session, images)]

    def write_preview(self, session: Session) -> None:
        """For the screen: of G's EMA where there is one, and of the weights as they are. Raises OSError."""
        preview.write(self._run.path, self._preview(session))

    def write_neighbours(self, session: Session) -> None:
        """To each sample the training image at the smallest root mean square distance of their pixels. Raises OSError."""
        now = self._preview(session)
        samples = self._generate(session.sampler, session).flatten(1)
        indices = nearest(samples * 2 - 1, session.images, 1)[:, 0]
        neighbours = denorm(from_uint8(session.images[indices]))
        # 0 is the same image, 1 is black against white in every pixel.
        distances = (samples - neighbours).square().mean(1).sqrt()
        rounded = tuple(round(distance, 4) for distance in distances.tolist())
        self._pair = Pair(session.progress.step, now.images, to_images(neighbours.view(-1, *self._shape)), now.scores, rounded)
        preview.write(self._run.path, msgspec.structs.replace(now, pair=self._pair))

    def take_up(self) -> None:
        """Go on from what an earlier trainer of this run wrote."""
        before = preview.read(self._run.path)
        self._pair = before.pair if before else None

    def _preview(self, session: Session) -> Preview:
        images = self._generate(session.sampler, session)
        raw = self._generate(session.gan.generator, session) if session.gan.g_ema is not None else None
        return Preview(
            step=session.progress.step,
            epoch=session.epochs_done,
            ema=raw is not None,
            images=to_images(self._beside_outlines(images, session)),
            scores=tuple(_scores(session, images)),
            raw=None if raw is None else to_images(self._beside_outlines(raw, session)),
            raw_scores=() if raw is None else tuple(_scores(session, raw)),
            pair=self._pair,
        )

    def _generate(self, generator: nn.Module, session: Session) -> Tensor:
        images = scoring.generate(generator, session.fixed_latents, session.fixed_labels, len(session.fixed_latents))
        return denorm(images).view(-1, *self._shape)

    def _beside_outlines(self, images: Tensor, session: Session) -> Tensor:
        """Images of the fixed labels, each between its outline and its original where these are outlines; see `beside_outlines`."""
        if not self._settings.model.outlines or session.fixed_labels is None:
            return images
        originals = session.data.flat_held_out
        places = torch.arange(len(images), device=originals.device) % len(originals)
        return beside_outlines(session.fixed_labels, images, originals[places])


def _scores(session: Session, images: Tensor) -> list[float]:
    """D(x) of images (N, C, H, W) in [0, 1] of the fixed latents; none where its logits are no probabilities, or not finite."""
    if not session.gan.loss.objective.probabilities:
        return []
    logits = scoring.score(session.gan.discriminator, images.flatten(1) * 2 - 1, session.fixed_labels, len(images))
    scores = logits.sigmoid().flatten()
    return [float(score) for score in scores.tolist()] if bool(scores.isfinite().all()) else []
