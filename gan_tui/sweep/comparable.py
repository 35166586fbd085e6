"""Which settings cannot be swept: trials are compared because they share them, or differ in them by design."""

from collections.abc import Iterable

from gan_tui.errors import UserError

FIXED = ("train.seed", "train.epochs", "train.budget", "evaluation.budget", "evaluation.samples", "data.validation")
"""How long a trial is, and how it is evaluated."""
REAL_IMAGES = tuple(f"data.{key}" for key in ("dataset", "dir", "image_size", "fit", "channels", "background", "labels", "classes"))
"""What the samples are compared with. A distance to other images, in the features of another network perhaps, is on another scale."""


def refuse_fixed(keys: Iterable[str]) -> None:
    """Raises UserError for settings with other values of which trials would not compare."""
    for key in keys:
        if key in FIXED:
            raise UserError(f"{key} cannot be swept: trials are compared at equal lengths and evaluations, and --seeds varies the seed")
        if key in REAL_IMAGES:
            raise UserError(
                f"{key} cannot be swept: each value means other real images, and distances to different images do not compare; "
                "make a sweep for each, with --set"
            )


def why_no_order(keys: Iterable[str]) -> str:
    """Of a sweep that an earlier version began: why its trials are not ranked; empty where they are."""
    key = next((key for key in keys if key in REAL_IMAGES), None)
    return f"{key} differs between its trials, and distances to different real images do not compare" if key else ""
