"""Every setting of a run, declared once: its type, range, default and meaning.

The command line, `run.toml`, the presets and `gan-tui settings` all derive from the classes below.
A setting is addressed as `section.key`, for instance `optimizer.g_lr`.
"""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from gan_tui.config.learning import Ema, Loss, Optimizer
from gan_tui.config.values import (
    NO_CONTROLS,
    OWN,
    Device,
    EverySeconds,
    Keep,
    Length,
    MetricsHz,
    PathText,
    PreviewHz,
    PrintEvery,
    Section,
    Seed,
    Threads,
    TimeText,
    length,
    slug,
)

DEFAULT_PRESET = "classic"
DATASETS = ("mnist", "fashion-mnist", "kmnist", "emnist", "cifar10", "stacked-mnist")
"""Every data set that has a name; `folder:PATH` is any folder of images. They are loaded by gan_tui/data/registry.py."""
FAMILIES = ("mlp", "conv", "dcgan", "r3", "unet")
FOLDER = "folder:"
LEAST_VALIDATION = 1000
MOST_CLASSES = 1000
RATES = ("optimizer.d_lr", "optimizer.g_lr")
"""What `--lr` means: both learning rates."""
CONVOLVED = (28, 32, 40, 48, 56, 64, 80, 96, 112, 128)
"""Heights and widths that networks of convolutions take: those that halves of halves lead to 7 or fewer."""
SIZES = (28, 128)
"""The least and the most pixels of an image of a folder, high and wide."""
MOST_SHOWN = 1 << 26
"""Bytes of the images in a preview, which has them twice."""
Fit = Literal["crop", "pad", "stretch"]
SignalMeaning = Literal["save", "stop", "ignore"]


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
        ),
    ] = "mnist"
    dir: Annotated[PathText, Meta(description="a folder that holds the data set's files; empty: downloaded once, into the cache")] = ""
    image_size: Annotated[
        int,
        Meta(
            ge=0,
            le=SIZES[1],
            description="28 to 128: height and width of the images of a folder; 0: 32, and of other sets their own",
            title=f"a whole number, {SIZES[0]} to {SIZES[1]}, or 0",
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
            title="a whole number, 2 to 1,000, or 0",
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


class Model(Section, frozen=True):
    """The two networks."""

    family: Annotated[
        str,
        Meta(
            pattern=rf"^({'|'.join(FAMILIES)}|{OWN})\Z",
            description="mlp (the tutorial's), conv (convolutional, small, for a CPU), dcgan (convolutional), r3 (residual convolutional), "
            "unet (draws from outlines) or package.module:factory (networks of your own)",
            title=f"{', '.join(FAMILIES)} or package.module:factory",
        ),
    ] = "mlp"
    latent_dim: Annotated[int, Meta(ge=1, le=65_536, description="length of z, the noise that G turns into an image; unet: unused")] = 64
    hidden: Annotated[
        int, Meta(ge=1, le=65_536, description="width of mlp: every hidden layer; conv: G's fully connected one, D's has half")
    ] = 256
    hidden_layers: Annotated[int, Meta(ge=1, le=64, description="mlp: hidden layers in each network")] = 2
    negative_slope: Annotated[float, Meta(ge=0, lt=1, description="mlp: negative slope of LeakyReLU")] = 0.2
    channels: Annotated[
        int, Meta(ge=1, le=4096, description="conv, dcgan, r3, unet: width at the largest size; smaller sizes are wider")
    ] = 64
    blocks: Annotated[int, Meta(ge=1, le=64, description="r3: residual blocks at each size")] = 1
    spectral_norm: Annotated[bool, Meta(description="divide each weight of D by its largest singular value")] = False
    conditional: Annotated[bool, Meta(description="tell both networks the class of each image, where the data set has classes")] = False

    @property
    def own(self) -> bool:
        """Are the networks a person's own (gan_tui/models/own.py)?"""
        return self.family not in FAMILIES

    @property
    def outlines(self) -> bool:
        """Are the networks told the outline of each image, for G to draw the picture that belongs to it?"""
        return self.family == "unet"


class Train(Section, frozen=True):
    """How long, how much at a time, and where."""

    epochs: Annotated[int, Meta(ge=1, le=1_000_000, description="passes over the training set")] = 200
    budget: Annotated[
        TimeText,
        Meta(description="training time after which the run ends, whatever train.epochs says: 90s, 5m, 1h; empty: after train.epochs"),
    ] = ""
    batch_size: Annotated[int, Meta(ge=1, le=60_000, description="images a step; the last batch of an epoch may be smaller")] = 100
    seed: Annotated[Seed, Meta(description="same seed, same device and versions: same run")] = 0
    device: Device = "auto"
    devices: Annotated[
        int, Meta(ge=1, le=1024, description="processes that share each batch, each with a GPU or a part of the CPU", examples=[2])
    ] = 1
    engine: Annotated[
        Literal["auto", "eager", "manual-grad", "compiled", "graph"],
        Meta(description="auto, eager, manual-grad (cpu), compiled or graph (cuda): how steps are carried out; same mathematics"),
    ] = "auto"
    precision: Annotated[
        Literal["float32", "tf32", "bfloat16", "auto"],
        Meta(
            description="float32; or what the products' inputs are rounded to: tf32 (cuda) or bfloat16; weights and Adam stay float32; "
            "auto: bfloat16 where the device has it and bfloat16_holds, else float32"
        ),
    ] = "float32"
    bfloat16_holds: Annotated[bool, Meta(description="the quality of these settings was measured to be the same in bfloat16")] = False
    products: Annotated[
        Literal["auto", "torch", "onednn"],
        Meta(description="auto, torch or onednn: what multiplies float32 matrices on a CPU; auto: oneDNN where it is faster and as exact"),
    ] = "auto"
    d_steps: Annotated[
        int, Meta(ge=1, le=100, description="steps of D for each one of G; an epoch remains one pass of D over the data")
    ] = 1
    stop: Annotated[
        Literal["never", "plateau", "equilibrium"],
        Meta(description="never, plateau (FD stands still) or equilibrium (a newly trained D cannot tell): end before the last epoch"),
    ] = "never"
    augment: Annotated[
        Literal["auto", "none", "diffaugment", "ada"],
        Meta(
            description="for few images, what D sees is moved, covered and tinted: all of it (diffaugment), or more where D knows its "
            "images by heart (ada); auto: ada where they are few and the networks convolutional, else none"
        ),
    ] = "auto"
    begin_from: Annotated[PathText, Meta(description="the folder of a run with whose weights this one begins, where layers fit")] = ""
    freeze_d: Annotated[
        int, Meta(ge=0, le=1000, description="layers of D, from the image on, that stay as begin_from has them (Freeze-D)", examples=[2])
    ] = 0
    max_rollbacks: Annotated[int, Meta(ge=0, le=1000, description="roll-backs to the last checkpoint after a loss that is not finite")] = 3
    threads: Threads = 0

    @property
    def length(self) -> Length:
        """Of the whole run: its budget of time where it has one, else its epochs."""
        return length(self.budget) or Length(float(self.epochs), "epochs")

    @property
    def seconds(self) -> float:
        """Of training after which the run ends; 0 where its epochs say when."""
        return self.length.amount if self.length.unit == "seconds" else 0.0


class Evaluation(Section, frozen=True):
    """How good the samples are, measured while the run trains."""

    budget: Annotated[float, Meta(ge=0, le=0.9, description="share of the training time for measuring quality; 0: never")] = 0.05
    samples: Annotated[int, Meta(ge=100, le=100_000, description="generated images that are measured against as many real ones")] = 2000


class Samples(Section, frozen=True):
    """The images that G makes for people: grids on disk and the preview on the screen."""

    count: Annotated[int, Meta(ge=1, le=4096, description="images in a grid, from the same latents throughout the run")] = 100
    columns: Annotated[int, Meta(ge=1, le=256, description="images in a row of the grid")] = 10
    preview_hz: PreviewHz = 2.0

    def class_at(self, place: int, classes: int) -> int:
        """The class of the image at a place in a grid: one a column where there are columns enough, else in turn."""
        return (place % self.columns if classes <= self.columns else place) % classes


class Log(Section, frozen=True):
    """What is written down, and how often."""

    print_every: PrintEvery = 300
    metrics_hz: MetricsHz = 10.0
    tensorboard: Annotated[bool, Meta(description="write TensorBoard's event files too, into the run's folder `tensorboard`")] = False


class Checkpoints(Section, frozen=True):
    """When the whole state is saved."""

    every_steps: Annotated[int, Meta(ge=0, le=1_000_000_000, description="steps between checkpoints; 0 leaves it to the clock")] = 0
    every_seconds: EverySeconds = 30.0
    keep: Annotated[Keep, Meta(description="newest checkpoints kept, besides the best one")] = 3


class Signals(Section, frozen=True):
    """What a trainer does when it is sent a signal that has no meaning of its own: `sbatch --signal=USR1@120` sends one before the end."""

    usr1: Annotated[SignalMeaning, Meta(description="SIGUSR1: save (and go on), stop (save and end) or ignore")] = "save"
    usr2: Annotated[SignalMeaning, Meta(description="SIGUSR2: save (and go on), stop (save and end) or ignore")] = "stop"


class RunConfig(Section, frozen=True):
    """A whole run. Unsaid settings have the tutorial's values."""

    preset: Annotated[str, Meta(description="the preset this run started from")] = DEFAULT_PRESET
    data: Data = Data()
    model: Model = Model()
    loss: Loss = Loss()
    optimizer: Optimizer = Optimizer()
    train: Train = Train()
    ema: Ema = Ema()
    evaluation: Evaluation = Evaluation()
    samples: Samples = Samples()
    log: Log = Log()
    checkpoints: Checkpoints = Checkpoints()
    signals: Signals = Signals()

    def class_name_at(self, place: int) -> str:
        """What the image at a place in a grid is to show; empty where nothing is told to the networks, or classes have no names."""
        names = self.data.classes
        return names[self.samples.class_at(place, len(names))] if names else ""

    @property
    def words(self) -> tuple[str, ...]:
        """What is trained, in names of runs and on the screen."""
        return self.data.slug, self.preset
