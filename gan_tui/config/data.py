"""Settings of what is learned."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from gan_tui.config.allowed import NAMES
from gan_tui.config.values import NO_CONTROLS, PathText, Section, slug

DATASETS = ("mnist", "fashion-mnist", "kmnist", "emnist", "cifar10", "stacked-mnist")
"""Every data set that has a name; `folder:PATH` is any folder of images. They are loaded by gan_tui/data/registry.py."""
FOLDER = "folder:"
LEAST_VALIDATION = 1000
MOST_CLASSES = 1000
SIZES = (28, 128)
"""The least and the most pixels of an image of a folder, high and wide."""
Fit = Literal["crop", "pad", "stretch"]


class Data(Section, frozen=True):
    """What is learned."""

    dataset: Annotated[
        str,
        Meta(
            pattern=rf"^({'|'.join(DATASETS)}|{FOLDER}{NO_CONTROLS}+)\Z",
            description="mnist (ships inside the package), fashion-mnist, kmnist, emnist (its letters), cifar10, "
            "stacked-mnist (three digits as red, green and blue: 1000 modes) or folder:PATH (any images)",
            title=f"{', '.join(DATASETS)} or {FOLDER}PATH",
            examples=[f"{FOLDER}photos"],
            extra={NAMES: (*DATASETS, FOLDER)},
        ),
    ] = "mnist"
    dir: Annotated[PathText, Meta(description="a folder that holds the data set's files; empty: downloaded once, into the cache")] = ""
    image_size: Annotated[
        int,
        Meta(
            ge=0,
            le=SIZES[1],
            description="28 to 128: height and width of the images of a folder; 0: 32, and of other sets their own",
            title=f"a whole number, {SIZES[0]} to {SIZES[1]}, or 0 for the usual size",
            examples=[64],
        ),
    ] = 0
    fit: Annotated[
        Fit,
        Meta(description="how images of a folder become square: crop (the middle of them), pad (all, on the background) or stretch"),
    ] = "crop"
    channels: Annotated[
        Literal[0, 1, 3], Meta(description="1 (grey) or 3 (colour) for the images of a folder; 0: 3, and of other data sets their own")
    ] = 0
    background: Annotated[
        str,
        Meta(
            pattern=r"^(auto|white|black|grey|#[0-9a-fA-F]{6})\Z",
            description="white, black, grey or #rrggbb, laid under the transparent parts of a folder's images; "
            "auto: white, or black or grey where the images would vanish on white",
        ),
    ] = "auto"
    labels: Annotated[
        PathText,
        Meta(description="CSV of file name and class, for the images of a folder; empty: its labels.csv, else its sub-folders"),
    ] = ""
    classes: Annotated[
        tuple[Annotated[str, Meta(pattern=rf"^{NO_CONTROLS}{{1,100}}\Z")], ...],
        Meta(
            max_length=MOST_CLASSES,
            title="a list of names",
            examples=['["cats", "dogs"]'],
            description="the classes of a folder, in order; empty: those that are found",
        ),
    ] = ()
    clusters: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            title="a whole number, 2 to 1,000, or 0 for none",
            examples=[30],
            description="with model.conditional: so many groups of alike images take the place of classes; 0: none",
        ),
    ] = 0
    outline: Annotated[
        Literal["canny", "vgg"],
        Meta(description="unet: outlines are where brightness changes (canny), or VGG16's first feature maps (vgg: for photographs, slow)"),
    ] = "canny"
    validation: Annotated[
        int,
        Meta(
            ge=0,
            le=10**6,
            description="images of the training set that are kept out of training, to choose best.pt by: at most a tenth, "
            "and none of fewer than 10,000; 1000 or more, or 0: best.pt is chosen by training images",
        ),
    ] = 0

    @property
    def folder(self) -> str | None:
        """The path of a folder of images; None of any other data set."""
        return self.dataset.removeprefix(FOLDER) if self.dataset.startswith(FOLDER) else None

    def class_name(self, index: int) -> str:
        """What a class is called: of a folder its name, of EMNIST its letter, else its number."""
        if index < len(self.classes):
            return self.classes[index]
        return chr(ord("a") + index) if self.dataset == "emnist" else str(index)

    def label_name(self, index: int) -> str:
        """What it is called that the networks are told of an image: its class, or its group."""
        return f"group {index}" if self.clusters else self.class_name(index)

    @property
    def slug(self) -> str:
        """The data set in names of files and on the screen; of a folder, its own name."""
        return self.dataset if self.folder is None else slug(Path(self.folder).name) or "folder"
