"""Every setting of a run, declared once: its type, range, default and meaning.

The command line, `run.toml`, the presets and `gan-tui settings` all derive from the classes below.
A setting is addressed as `section.key`, for instance `optimizer.g_lr`.
"""

from typing import Annotated, Literal

from msgspec import Meta

from gan_tui.config.allowed import NAMES
from gan_tui.config.data import Data
from gan_tui.config.learning import Ema, Loss, Optimizer
from gan_tui.config.values import (
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
)

DEFAULT_PRESET = "classic"
FAMILIES = ("mlp", "conv", "dcgan", "r3", "unet")
RATES = ("optimizer.d_lr", "optimizer.g_lr")
"""What `--lr` means: both learning rates."""
CONVOLVED = (28, 32, 40, 48, 56, 64, 80, 96, 112, 128)
"""Heights and widths that networks of convolutions take: those that halves of halves lead to 7 or fewer."""
MOST_SHOWN = 1 << 26
"""Bytes of the images in a preview, which has them twice."""
SignalMeaning = Literal["save", "stop", "ignore"]


class Model(Section, frozen=True):
    """The two networks."""

    family: Annotated[
        str,
        Meta(
            pattern=rf"^({'|'.join(FAMILIES)}|{OWN})\Z",
            description="mlp (the tutorial's), conv (convolutional, small, for a CPU), dcgan (convolutional), r3 (residual convolutional), "
            "unet (draws from outlines) or package.module:factory (networks of your own)",
            title=f"{', '.join(FAMILIES)} or package.module:factory",
            extra={NAMES: FAMILIES},
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
        Meta(description="training time after which the run ends, whatever train.epochs says: 90s, 5m, 1h30m; empty: after train.epochs"),
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


PREVIEW_HZ = 2.0
"""By itself."""


class Samples(Section, frozen=True):
    """The images that G makes for people: grids on disk and the preview on the screen."""

    count: Annotated[int, Meta(ge=1, le=4096, description="images in a grid, from the same latents throughout the run")] = 100
    columns: Annotated[int, Meta(ge=1, le=256, description="images in a row of the grid")] = 10
    preview_hz: PreviewHz = PREVIEW_HZ
    """A tenth of it while no screen shows the run (training/loop.py)."""

    def preview_seconds(self, sparing: float) -> float:
        """Between two previews; 0: there are none. `sparing`: so many times longer, but for a rate that was chosen."""
        times = sparing if self.preview_hz == PREVIEW_HZ else 1.0
        return times / self.preview_hz if self.preview_hz else 0.0

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
