"""The words of style transfer: its layers, what it logs, what may change while it goes on, the styles that ship."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gan_tui.spec.commands import LiveSetting
from gan_tui.spec.metric import Metric
from gan_tui.spec.styles import Role


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of VGG16 in which pictures are compared (Simonyan and Zisserman 2014)."""

    name: str
    maps: int
    """Its feature maps."""
    halvings: int
    """How often the picture was halved before it."""
    sees: str
    """What it answers to."""
    role: Role = Role.D
    """Its colour beside the others."""

    @property
    def scalar(self) -> str:
        """The name of its style distance in the log."""
        return f"style/{self.name}"


STYLE_LAYERS: Sequence[Layer] = (
    Layer("conv1_1", 64, 0, "colours and grain", Role.G),
    Layer("conv2_1", 128, 1, "strokes", Role.D),
    Layer("conv3_1", 256, 2, "patterns of strokes", Role.GOOD),
    Layer("conv4_1", 512, 3, "shapes", Role.MUTED),
)
"""Those whose Gram matrices are the style."""
CONTENT_LAYER = Layer("conv3_3", 256, 2, "what is where")
"""The one whose feature maps are the content."""

TORCHVISION = ("vgg16", "vgg19")
"""Networks in whose layers pictures may be compared by their name: torchvision's, where it has them in its cache."""
RANDOM, RANDOM_NAME = "random", "random-vgg16"
"""One that has learned nothing: as a setting, and as runs and pictures name it."""

METRICS: Sequence[Metric] = (
    Metric(
        name="content", label="content", low=0, decimals=4, better="lower", role=Role.D,
        brief="content distance to the photograph",
        meaning=f"content distance: mean squared difference of the feature maps of {CONTENT_LAYER.name} to those of the content picture, "
        "place by place, over their mean square. 0: equal; 1: as far away as a picture in which the layer sees nothing. It rises at first "
        "where the picture begins as the content: style costs content",
    ),
    Metric(
        name="style", label="style", low=0, decimals=4, better="lower", role=Role.G,
        brief="style distance to the painting",
        meaning="style distance: the mean of those of its layers. In each, the Gram matrix says how strongly any two feature maps are "
        "active at the same places, whatever these places are; the distance is the squared difference of two such matrices over the "
        "square of the style picture's. 0: equal; below 0.05 the style is plain to see",
    ),
    Metric(
        name="tv", label="smoothness", low=0, decimals=4, role=Role.MUTED,
        brief="total variation: how grainy it is",
        meaning="total variation, mean squared difference of neighbouring pixels (0 to 1): larger is grainier. Its weight, weights.tv, "
        "smooths the picture",
    ),
    Metric(
        name="total", label="total", low=0, decimals=4, better="lower",
        brief="what is minimised",
        meaning="what is minimised: each distance times its weight, and a little for values that no picture can hold. It jumps at each "
        "new scale, and where a weight is changed",
    ),
    *(
        Metric(
            name=layer.scalar, label=layer.name, low=0, decimals=4, better="lower", role=layer.role,
            brief=f"style: {layer.sees}",
            meaning=f"style distance in {layer.name}, whose {layer.maps} maps answer to {layer.sees}: squared difference of the Gram "
            "matrices over the square of the style picture's",
        )
        for layer in STYLE_LAYERS
    ),
)  # fmt: skip
HELD_OUT: Sequence[Metric] = (
    Metric(
        name="held-out/content", label="new content", low=0, decimals=4, better="lower", role=Role.D,
        brief="content distance, held-out pictures",
        meaning="content distance of pictures that the network has not learned from, measured at the end of each epoch",
    ),
    Metric(
        name="held-out/style", label="new style", low=0, decimals=4, better="lower", role=Role.G,
        brief="style distance, held-out pictures",
        meaning="style distance of pictures that the network has not learned from, measured at the end of each epoch: compare it with what "
        "`gan-tui style` reaches on one picture",
    ),
)  # fmt: skip
"""What the training of a style network logs besides."""
CURVES = ("content", "style")
"""What a style transfer is about."""
READINGS = tuple(layer.scalar for layer in STYLE_LAYERS)
CHARTS: Mapping[str, Sequence[str]] = {
    "distances": CURVES,
    "layers": READINGS,
    "total": ("total",),
    "held-out": tuple(metric.name for metric in HELD_OUT),
}

LIVE_SETTINGS: Mapping[str, LiveSetting] = {
    setting.key: setting
    for setting in (
        LiveSetting("weights.content", "weight of the content"),
        LiveSetting("weights.style", "weight of the style"),
        LiveSetting("weights.tv", "smoothness (tv)"),
        *(LiveSetting(f"weights.{layer.name}", f"{layer.name}: {layer.sees}") for layer in STYLE_LAYERS),
    )
}
STYLES = (
    *("ochre-wash", "yellow-ink", "pale-sketch", "stained-glass", "crimson-grain", "warm-oil", "violet-dots", "bold-primaries"),
    *("bright-pencil", "woodcut", "terracotta", "amber-engraving", "pastel", "green-relief", "mint-wash", "mosaic"),
    *("blue-chalk", "red-grid", "khaki-carving", "night-strokes", "ember", "cut-paper", "black-outline", "smoke"),
    *("ice-print", "coloured-etching"),
)
"""Of the feed-forward network (`gan_tui/style/feed_forward.py`), in the order of its weights.

The weights do not say which paintings they were learned from: the names say what each looks like. `gan-tui styles` draws them.
"""
FRAME_SIDE = 512
"""Pixels of the longer side of a picture that is kept for a film: larger ones are made smaller."""
MOST_FRAMES = 600
"""Of a film (film/frames.py): more are not kept."""
TILE = 200
"""Pixels of the longer side of a picture on a contact sheet."""
MOST_CELLS = 64
"""Of a contact sheet."""
COARSEST = 64
"""Pixels of the longer side below which a scale settles nothing that the next one does not."""
SMALLEST = 16
"""Pixels of a side: below, the coarsest layer would see nothing."""


def scales_of(height: int, width: int, most: int = 2) -> list[tuple[int, int]]:
    """(height, width) of each scale from the coarsest to the picture's own, each twice the one before; at most so many."""
    found = [(height, width)]
    while len(found) < most and max(found[0]) >= 2 * COARSEST and min(found[0]) >= 2 * SMALLEST:
        found.insert(0, (max(SMALLEST, round(found[0][0] / 2)), max(SMALLEST, round(found[0][1] / 2))))
    return found


def number_of_style(word: str) -> int | None:
    """The style that a number, a name or the beginning of one means; None where that is none, or not clear."""
    if word.isascii() and word.isdigit():
        return int(word) if int(word) < len(STYLES) else None
    found = [number for number, name in enumerate(STYLES) if name == word] or [
        number for number, name in enumerate(STYLES) if word and name.startswith(word)
    ]
    return found[0] if len(found) == 1 else None
