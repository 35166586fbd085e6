"""Every setting of a search in the latents of a trained generator, declared once."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from gan_tui.config.data import Data
from gan_tui.config.optimisation import OptimisationConfig
from gan_tui.config.sections import Model
from gan_tui.config.values import Device, PathText, Section, Seed, Threads, slug

Purpose = Literal["repair", "sharpen", "project"]
MOST_PICTURES = 10_000
Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class InversionPictures(Section, frozen=True):
    """What is looked for. Copies of the pictures and of the generator lie in the run's folder, and the search needs no other file."""

    purpose: Annotated[Purpose, Meta(description="repair (what a mask covers), sharpen (a small picture) or project (a whole one)")] = (
        "project"
    )
    generator: Annotated[PathText, Meta(description="the run whose generator draws")] = ""
    files: Annotated[tuple[str, ...], Meta(max_length=MOST_PICTURES, description="the pictures, or folders of them")] = ()
    held_out: Annotated[
        int, Meta(ge=0, le=MOST_PICTURES, description="so many images that the generator has not learned from, instead")
    ] = 0
    mask: Annotated[PathText, Meta(description="repair: a picture that is white where something is missing")] = ""
    holes: Annotated[
        tuple[tuple[Number, Number, Number, Number], ...],
        Meta(max_length=64, description="repair: left, top, width, height of what is missing"),
    ] = ()
    factor: Annotated[int, Meta(ge=0, le=64, description="sharpen: how many times smaller the pictures are; 0: as their sizes say")] = 0
    output: Annotated[PathText, Meta(description="where the PNG goes at the end; empty: into the run's folder only")] = ""


class Search(Section, frozen=True):
    """How it is done."""

    steps: Annotated[int, Meta(ge=1, le=100_000, description="steps of Adam for each picture")] = 100
    starts: Annotated[
        int, Meta(ge=1, le=1024, description="latents tried for each picture; of a conditional generator at least one a class")
    ] = 32
    pool: Annotated[int, Meta(ge=1, le=1_000_000, description="samples of which those nearest to a picture are its starts")] = 16_384
    group: Annotated[int, Meta(ge=1, le=10_000, description="pictures searched for at the same time")] = 50
    rate: Annotated[float, Meta(gt=0, le=10, description="learning rate")] = 0.1
    prior: Annotated[float, Meta(ge=0, le=1000, description="weight of how unusually long or short the latents are")] = 0.01
    blend: Annotated[
        float, Meta(ge=0, le=1000, description="candidates whose errors differ by less are averaged; 0: the best one alone")
    ] = 0.01
    seed: Annotated[Seed, Meta(description="of the starts; same seed, device and versions: same picture")] = 0
    device: Device = "auto"
    threads: Threads = 0


class InversionConfig(OptimisationConfig, frozen=True):
    """A whole search."""

    PLACE = "search"
    FIXED = ("pictures", "model", "data", "search.steps", "search.starts", "search.pool", "search.group", "search.seed")

    task: Literal["inversion"] = "inversion"
    pictures: InversionPictures = InversionPictures()
    search: Search = Search()
    model: Model = Model()
    """Of the generator, as its run says."""
    data: Data = Data()
    """That it has learned from."""

    @property
    def words(self) -> tuple[str, ...]:
        """What is done with what, in names of runs and on the screen."""
        said = self.pictures
        first = f"{said.held_out}-held-out" if said.held_out else slug(Path(said.files[0]).stem)[:20] if said.files else ""
        return said.purpose, first or "picture"

    @property
    def output(self) -> str:
        """Where the PNG goes at the end."""
        return self.pictures.output

    @property
    def contradiction(self) -> str | None:
        """What two settings, each fine by itself, cannot be together."""
        pictures = self.pictures
        if bool(pictures.files) == bool(pictures.held_out):
            return f"pictures.held_out = {pictures.held_out} is not allowed: it is either pictures or held-out images"
        if (pictures.purpose == "repair") != bool(pictures.mask or pictures.holes):
            return f"pictures.mask = {pictures.mask!r} is not allowed: a mask or holes are for repair, which needs one"
        return None
