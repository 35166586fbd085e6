"""What a run does otherwise where its images are few: `train.augment = auto`, and a word where its epochs are only some steps."""

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.counted import counted

FEW = 500
"""Images that are trained on: with 270 augmentation was measured to help, with 900 not (docs/results.md, "Few images")."""
FAMILIES = ("conv", "dcgan", "r3")
"""Networks of convolutions: of others it was not measured to help."""
WAYS = ("auto", "eager")
"""Engines that can."""
SHORT, LONG = 500, 4000
"""Steps: with fewer than these a run is hardly begun, and as many as these were measured."""


def resolve(settings: RunConfig, images: int) -> RunConfig:
    """`settings`, and in place of `train.augment = auto` what it means for so many images that are trained on."""
    if settings.train.augment != "auto":
        return settings
    on = _few(settings, images) and settings.train.engine in WAYS
    return config.override(settings, {"train": {"augment": "ada" if on else "none"}})


def remarks(settings: RunConfig, images: int) -> list[str]:
    """A line each for people: see `_why_augmented` and `_too_short`."""
    return [line for line in (_why_augmented(settings, images), _too_short(settings, images)) if line]


def _why_augmented(settings: RunConfig, images: int) -> str | None:
    """Where `auto` means that it is on, or would be: why, and how to have it otherwise."""
    if settings.train.augment != "auto" or not _few(settings, images):
        return None
    why = f"{images:,} images are few (below {FEW:,}), and D learns so few by heart"
    if settings.train.engine not in WAYS:
        return f"augmentation is off: engine '{settings.train.engine}' cannot do it, though {why}; --engine auto turns it on"
    return f"augmentation is on (train.augment = auto: ada): {why}; --augment none turns it off"


def _too_short(settings: RunConfig, images: int) -> str | None:
    """Presets say how many epochs they want of tens of thousands of images: of a hundred, that many are over at once."""
    train, an_epoch = settings.train, -(-images // settings.train.batch_size)
    if train.seconds or images >= FEW or train.epochs * an_epoch >= SHORT:
        return None
    wanted = -(-LONG // an_epoch)
    steps, epochs = counted(train.epochs * an_epoch, "step"), counted(train.epochs, "epoch")
    return f"{epochs} of {images:,} images are only {steps}: --epochs {wanted} makes about {LONG:,}, or say --budget 10m"


def _few(settings: RunConfig, images: int) -> bool:
    return images < FEW and settings.model.family in FAMILIES
