"""How the distances of a style transfer are computed, with the numbers of the run that is on the screen."""

from collections.abc import Iterator, Sequence

from gan_tui.dashboard.glossary import SYSTEM
from gan_tui.dashboard.messages import Snapshot
from gan_tui.spec.metrics import METRICS
from gan_tui.spec.tasks import STYLE_NET
from gan_tui.spec.transfer import CONTENT_LAYER, HELD_OUT, STYLE_LAYERS, Layer

Section = tuple[str, Sequence[tuple[str, str]]]

FEATURES = (
    "features",
    "what a network sees in a picture. VGG16 (without --features a version that was fine-tuned to find edges and rounded to 8 bits; "
    "with --features random one that has learned nothing) answers with stacks of maps: each map says where in the picture there is "
    "something of one kind, an edge, a colour, a pattern.",
)
NETWORK = (
    (
        "network",
        "a few convolutions that paint any photograph in this one style, in one pass. What is trained are their weights: each step "
        "paints a batch of photographs, looks at both distances, and moves the weights so that they fall (Adam).",
    ),
    ("picture", "a photograph that it never learns from, as it would be painted now."),
)
NETWORK_TIME = (
    ("epoch, step", "a step looks at one batch; an epoch is one pass over the photographs."),
    ("ETA", "time until the last epoch ends, at the present speed."),
    ("verdict", "whether the total of the held-out pictures still falls. Settled: more epochs would change little."),
)
TIME = (
    ("scale, step", "it begins small, where a step costs little, and goes on at twice the size. A step computes both distances once."),
    ("ETA", "time until the last step, knowing that a step of a finer scale costs more."),
    ("verdict", "whether the total still falls. Settled: more steps would change little."),
)


def style_sections(snapshot: Snapshot) -> Iterator[Section]:
    """What is compared, how, and what came out."""
    both = [("content", _content(snapshot)), ("style", f"{METRICS['style'].meaning}.{_value('style', snapshot)}")]
    yield "how the distances are computed, with this run's numbers", [FEATURES, *both]
    yield "style, layer by layer", [(layer.name, _layer(layer, snapshot)) for layer in STYLE_LAYERS]
    yield "what is minimised", [("total", METRICS["total"].meaning + "."), ("smoothness", METRICS["tv"].meaning + "."), ("knobs", KNOBS)]
    if snapshot.task is STYLE_NET:
        yield "the network", [*NETWORK, *((metric.label, metric.meaning + "." + _value(metric.name, snapshot)) for metric in HELD_OUT)]
    yield "time", NETWORK_TIME if snapshot.task is STYLE_NET else TIME
    yield "system", SYSTEM


KNOBS = (
    "k changes the weights while it goes on, those of single layers too. Weights mean the same at every size and for every picture. More "
    "content: nearer to the photograph; more weight on conv4_1: larger shapes of the style, on conv1_1: its colours."
)


def _places(layer: Layer, snapshot: Snapshot) -> str:
    """`64 x 43 places`, where the size of the picture is known."""
    images = snapshot.preview.images
    if images is None:
        return "its places"
    return f"{images.width >> layer.halvings} x {images.height >> layer.halvings} places"


def _value(name: str, snapshot: Snapshot) -> str:
    value = snapshot.state.scalars.get(name)
    return f" Now: {value:.4f}." if value is not None else ""


def _content(snapshot: Snapshot) -> str:
    layer = CONTENT_LAYER
    return (
        f"{layer.name} answers with {layer.maps} maps of {_places(layer, snapshot)} each. {METRICS['content'].meaning}. It is low where "
        f"the same things are in the same places, whatever their colour and texture.{_value('content', snapshot)}"
    )


def _layer(layer: Layer, snapshot: Snapshot) -> str:
    return (
        f"{layer.sees}: {layer.maps} maps of {_places(layer, snapshot)}; the Gram matrix has {layer.maps} x {layer.maps} numbers, each "
        f"the mean over the places of the product of two maps.{_value(layer.scalar, snapshot)}"
    )
