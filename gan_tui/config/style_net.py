"""Every setting of the training of a style network, declared once."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from gan_tui.config.data import FOLDER
from gan_tui.config.optimisation import OptimisationConfig
from gan_tui.config.style import MOST_STYLES, FeaturePrecision, Weight, Weights, styles_contradiction
from gan_tui.config.values import NO_CONTROLS, Device, PathText, Section, Seed, Threads, slug

PRESET = "style-net"
"""What `train --preset` calls it."""


class NetData(Section, frozen=True):
    """What it is to repaint. Copies of the style pictures lie in the run's folder."""

    styles: Annotated[tuple[str, ...], Meta(max_length=MOST_STYLES, description="the pictures whose style it learns")] = ()
    shares: Annotated[tuple[Weight, ...], Meta(max_length=MOST_STYLES, description="what each style counts; empty: all the same")] = ()
    dataset: Annotated[
        str, Meta(pattern=rf"^(|cifar10|{FOLDER}{NO_CONTROLS}+)\Z", description="folder:PATH (photographs, 60 at least), or cifar10")
    ] = ""
    dir: Annotated[PathText, Meta(description="the folder with the files of cifar10; empty: downloaded once, into the cache")] = ""
    image_size: Annotated[int, Meta(ge=32, le=512, multiple_of=4, description="pixels of a side of the squares that it learns from")] = 96
    style_scale: Annotated[
        float, Meta(gt=0, le=8, description="size of the style pictures over that of the squares: larger, coarser strokes")
    ] = 1.0


class NetTrain(Section, frozen=True):
    """How it is trained, and where."""

    epochs: Annotated[int, Meta(ge=1, le=100_000, description="passes over the photographs")] = 60
    batch_size: Annotated[int, Meta(ge=1, le=256, description="photographs a step")] = 4
    lr: Annotated[float, Meta(gt=0, le=1, description="Adam's learning rate; it falls to a tenth along half a cosine")] = 0.002
    start: Annotated[
        Literal["painted", "scratch"], Meta(description="painted: from the network that knows 26 paintings; scratch: from random weights")
    ] = "painted"
    seed: Annotated[Seed, Meta(description="of the weights and of the order of the photographs")] = 0
    precision: FeaturePrecision = "auto"
    device: Device = "auto"
    threads: Threads = 0


class StyleNetConfig(OptimisationConfig, frozen=True):
    """The whole training of a style network."""

    PLACE = "train"
    FIXED = ("data.styles", "data.shares", "data.image_size", "data.style_scale", "train.batch_size", "train.start", "train.seed")

    task: Literal["style-net"] = "style-net"
    data: NetData = NetData()
    train: NetTrain = NetTrain()
    weights: Weights = Weights(style=40.0)
    """More style than for one picture: a network that shall do for all of them gives way in its style first (docs/style.md)."""

    @property
    def folder(self) -> str | None:
        """Where the photographs are, where they are a folder's."""
        return self.data.dataset.removeprefix(FOLDER) if self.data.dataset.startswith(FOLDER) else None

    @property
    def words(self) -> tuple[str, ...]:
        """What is learned from what, in names of runs and on the screen."""
        return PRESET, *(slug(Path(name).stem)[:20] or "picture" for name in self.data.styles[:1])

    @property
    def output(self) -> str:
        """Nowhere: its picture is only an example."""
        return ""

    @property
    def contradiction(self) -> str | None:
        """What two settings, each fine by itself, cannot be together."""
        return styles_contradiction("data", self.data.styles, self.data.shares, self.weights)
