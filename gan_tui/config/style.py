"""Every setting of a style transfer, declared once, as sections.py does for the training of a GAN."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from gan_tui.config.optimisation import OptimisationConfig, OptimisationLog
from gan_tui.config.values import Device, PathText, Section, Seed, Threads, slug
from gan_tui.counted import counted
from gan_tui.spec.transfer import MOST_CELLS, MOST_FRAMES, RANDOM, scales_of

MOST_STYLES = 16
LARGEST_SIZE = 4096
Weight = Annotated[float, Meta(ge=0, le=1e6)]

FeaturePrecision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Meta(description="in what the feature maps are computed; auto: bfloat16 on processors that multiply in it, else float32"),
]


class StylePictures(Section, frozen=True):
    """What the picture is made of. Copies of both lie in the run's folder, in the sizes that are used."""

    content: Annotated[PathText, Meta(description="the picture that keeps its content")] = ""
    contents: Annotated[tuple[str, ...], Meta(max_length=MOST_CELLS, description="of a contact sheet: a row for each")] = ()
    styles: Annotated[
        tuple[str, ...], Meta(max_length=MOST_CELLS, description="the pictures whose style it takes; of a contact sheet a column for each")
    ] = ()
    shares: Annotated[tuple[Weight, ...], Meta(max_length=MOST_STYLES, description="what each style counts; empty: all the same")] = ()
    output: Annotated[PathText, Meta(description="where the PNG goes at the end; empty: into the run's folder only")] = ""
    height: Annotated[int, Meta(ge=0, le=LARGEST_SIZE, description="of the result, in pixels")] = 0
    width: Annotated[int, Meta(ge=0, le=LARGEST_SIZE, description="of the result, in pixels")] = 0
    style_scale: Annotated[
        float, Meta(gt=0, le=8, description="size of the style pictures over that of the result: larger, coarser strokes")
    ] = 1.0
    strength: Annotated[float, Meta(ge=0, le=1, description="1: the styles' own; 0: the content's own style")] = 1.0
    preserve_color: Annotated[bool, Meta(description="keep the colours of the content, and take brightness only from the style")] = False


class Transfer(Section, frozen=True):
    """How long, from where, and where."""

    steps: Annotated[int, Meta(ge=1, le=100_000, description="steps at each scale")] = 60
    scales: Annotated[int, Meta(ge=1, le=8, description="sizes from coarse to fine, each twice the one before, at most")] = 2
    init: Annotated[Literal["content", "noise"], Meta(description="content or noise: what the coarsest scale begins with")] = "content"
    seed: Annotated[Seed, Meta(description="of the noise; same seed, device and versions: same picture")] = 0
    features: Annotated[
        PathText,
        Meta(
            description="the network in which pictures are compared: a file of torchvision's VGG16 or VGG19; vgg16 or vgg19: that which "
            "torchvision has in its cache; random: one that has learned nothing; empty: what ships"
        ),
    ] = ""
    precision: FeaturePrecision = "auto"
    device: Device = "auto"
    threads: Threads = 0


class Weights(Section, frozen=True):
    """What each distance counts in the total. All may change while it goes on, and none depends on the size of the picture."""

    content: Annotated[Weight, Meta(description="of the content distance")] = 1.0
    style: Annotated[Weight, Meta(description="of the style distance")] = 10.0
    tv: Annotated[Weight, Meta(description="of the total variation: larger is smoother")] = 1.0
    conv1_1: Annotated[Weight, Meta(description="of this layer in the style distance: colours and grain")] = 1.0
    conv2_1: Annotated[Weight, Meta(description="of this layer in the style distance: strokes")] = 1.0
    conv3_1: Annotated[Weight, Meta(description="of this layer in the style distance: patterns of strokes")] = 1.0
    conv4_1: Annotated[Weight, Meta(description="of this layer in the style distance: shapes")] = 1.0


class StyleLog(OptimisationLog, frozen=True):
    """What is written down, and how often."""

    frames_every: Annotated[int, Meta(ge=0, le=100_000, description="steps between pictures that are kept for a film; 0: none")] = 0


class StyleConfig(OptimisationConfig, frozen=True):
    """A whole style transfer."""

    PLACE = "transfer"
    FIXED = ("pictures", "transfer.init", "transfer.seed", "transfer.scales", "transfer.steps", "transfer.features")

    task: Literal["style", "style-sheet"] = "style"
    """A sheet has several contents, and makes a picture of each in each of its styles."""
    pictures: StylePictures = StylePictures()
    transfer: Transfer = Transfer()
    weights: Weights = Weights()
    log: StyleLog = StyleLog()

    @property
    def frames(self) -> int:
        """Pictures that are kept for a film, of all scales together; at most so many where the size is not known yet."""
        pictures, most = self.pictures, self.transfer.scales
        scales = len(scales_of(pictures.height, pictures.width, most)) if pictures.height else most
        return 1 + self.transfer.steps * scales // self.log.frames_every if self.log.frames_every else 0

    @property
    def words(self) -> tuple[str, ...]:
        """What is made of what, in names of runs and on the screen."""
        if self.task == "style-sheet":
            return self.task, f"{len(self.pictures.contents)}x{len(self.pictures.styles)}"
        pictures = (slug(Path(name).stem)[:20] or "picture" for name in (self.pictures.content, *self.pictures.styles[:1]))
        return "style", *pictures, *(["random-features"] if self.transfer.features == RANDOM else [])

    @property
    def output(self) -> str:
        """Where the PNG goes at the end."""
        return self.pictures.output

    @property
    def contradiction(self) -> str | None:
        """What two settings, each fine by itself, cannot be together."""
        if self.frames > MOST_FRAMES:
            fewer = math.ceil(self.log.frames_every * self.frames / MOST_FRAMES)
            return f"log.frames_every = {self.log.frames_every} is not allowed: a film has {MOST_FRAMES} frames at most, say {fewer}"
        if self.task == "style-sheet":
            return self._sheet_contradiction
        if len(self.pictures.styles) > MOST_STYLES:
            return f"pictures.styles = {len(self.pictures.styles)} pictures is not allowed: {MOST_STYLES} at most"
        return styles_contradiction("pictures", self.pictures.styles, self.pictures.shares, self.weights)

    @property
    def _sheet_contradiction(self) -> str | None:
        rows, columns = len(self.pictures.contents), len(self.pictures.styles)
        if rows * columns > MOST_CELLS:
            return f"pictures.contents = {rows} pictures is not allowed for {columns} styles: a sheet has {MOST_CELLS} cells at most"
        if self.pictures.shares:
            return f"pictures.shares = {list(self.pictures.shares)} is not allowed: a sheet has a column for each style and blends none"
        if self.log.frames_every:
            return f"log.frames_every = {self.log.frames_every} is not allowed: a film is of one picture, not of a sheet"
        return styles_contradiction("pictures", self.pictures.styles, (), self.weights)


def styles_contradiction(section: str, styles: Sequence[str], shares: Sequence[float], weights: Weights) -> str | None:
    """What is wrong with these together, which stand in that section; None: nothing."""
    if shares and len(shares) != len(styles):
        return f"{section}.shares = {list(shares)} is not allowed for {counted(len(styles), 'style')}"
    if shares and not any(shares):
        return f"{section}.shares = {list(shares)} is not allowed: one of them must be above 0"
    if not any((weights.conv1_1, weights.conv2_1, weights.conv3_1, weights.conv4_1)):
        return "weights.conv4_1 = 0 is not allowed: the weight of one layer must be above 0"
    return None
