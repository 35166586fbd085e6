"""What can be played with in `gan-tui play`: sets of points, knobs, lessons. The trainer is `gan_tui/training/play/`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gan_tui.spec.objectives import OBJECTIVES

PointSet = Literal["ring", "grid", "spiral", "moons", "drawn"]
POINT_SETS: Mapping[PointSet, str] = {
    "ring": "ring of 8 modes",
    "grid": "grid of 25 modes",
    "spiral": "a spiral",
    "moons": "two half moons",
    "drawn": "your own, by mouse",
}
"""Real points, and what they are."""
ARROW = 0.2
"""Length of the longest arrow, on axes from -1 to 1. One of a gradient of length g is ARROW tanh(g): what has vanished cannot be seen."""
DEFAULT_SPEED = 100


@dataclass(frozen=True)
class Knobs:
    """What can be turned while it trains."""

    loss: str = "non-saturating"
    """Of OBJECTIVES."""
    d_lr: float = 1e-3
    g_lr: float = 1e-3
    d_steps: int = 1
    """Updates of D for each of G."""
    gamma: float = 0.0
    """Of the gradient penalties R1 and R2."""
    beta1: float = 0.5
    """Momentum of both Adams."""


@dataclass(frozen=True)
class Knob:
    """How one of them is turned."""

    name: str
    """Of the field of `Knobs`, or `data` or `speed`."""
    label: str
    values: Sequence[str | float]
    meaning: str
    """A sentence for the help."""


RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
KNOBS: Sequence[Knob] = (
    Knob("data", "real points", tuple(POINT_SETS), "What G shall learn to make. Another set begins anew."),
    Knob("loss", "loss", tuple(OBJECTIVES), "What D and G minimise: the losses that `loss.name` takes in a run."),
    Knob("d_lr", "D's rate", RATES, "The learning rate of D."),
    Knob("g_lr", "G's rate", RATES, "The learning rate of G."),
    Knob("d_steps", "D steps", (1, 2, 3, 5, 10), "Updates of D for each update of G."),
    Knob("gamma", "R1 + R2", (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0), "Gradient penalties: how flat D must be near the points."),
    Knob("beta1", "momentum", (0.0, 0.5, 0.9), "beta1 of Adam: how long both networks go on in the direction that they had."),
    Knob("speed", "steps/s", (1, 3, 10, 30, 100, 300, 1000), "Steps a second, where the processor is fast enough."),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a lesson shows, with its seed."""

    after: int
    """Steps."""
    what: Literal["modes", "share", "g_grad", "swing"]
    """Modes covered, or share of the real points covered: the median of the last fifth. Mean norm of G's gradient in the second half. How
    far the mean of the generated points goes to and fro along x in the second half."""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Lesson:
    """A beginning, a sentence and a question."""

    name: str
    """One word, which `gan-tui play` takes."""
    title: str
    text: str
    question: str
    answer: str
    outcome: Outcome
    data: PointSet = "ring"
    knobs: Knobs = Knobs()
    seed: int = 0
    speed: float = DEFAULT_SPEED
    arrows: bool = False
    grid: bool = False


_FAST_G, _BALANCED = Knobs(d_lr=1e-3, g_lr=1e-2), Knobs(d_lr=3e-3, g_lr=1e-3)
_ADVERSE = Knobs(loss="wasserstein", beta1=0.9)
_STRONG_D = Knobs(loss="saturating", d_lr=3e-3, g_lr=3e-5, d_steps=10)
LESSONS: Sequence[Lesson] = (
    Lesson(
        "begin", "two networks",
        "D shades what looks real to it; G moves its points towards the shade.",
        "Pause (space), press d, then g: which network moved what?",
        "d changes only the shades, g only the generated points: each learns against the other as it stands.",
        Outcome(400, "share", least=0.7), data="moons", knobs=_BALANCED, seed=2, arrows=True,
    ),
    Lesson(
        "collapse", "mode collapse",
        "G learns ten times as fast as D, and sits on one mode, or none, of eight.",
        "Where does G go when D has caught up with it?",
        "To the next place that D has not learned yet: G chases D's newest mistake, and never spreads over all modes.",
        Outcome(400, "modes", most=2), knobs=_FAST_G,
    ),
    Lesson(
        "cure", "a cure: two rates",
        "The same networks and seed; now D learns three times as fast as G.",
        "Which modes come last, and do they stay?",
        "Those far from what G makes already. D sees what is missing before G has moved on, so they stay, mostly.",
        Outcome(800, "modes", least=7), knobs=_BALANCED,
    ),
    Lesson(
        "oscillation", "oscillation",
        "Wasserstein's loss, no penalty, much momentum: G's points slosh to and fro.",
        "Would smaller rates end it? Turn both down and see.",
        "No, it only gets slower: nothing draws the two in, and each swing is wider, until G's points stick at the edge.",
        Outcome(300, "swing", least=1.2), knobs=_ADVERSE, arrows=True,
    ),
    Lesson(
        "damping", "a cure: R1 + R2",
        "The same with gradient penalties: D must be flat near the points.",
        "What happens to the arrows as the points arrive?",
        "They shrink to nothing: a flat D no longer pushes points past their goal (Mescheder et al. 2018).",
        Outcome(300, "swing", most=0.9), knobs=Knobs(loss="wasserstein", beta1=0.9, gamma=1.0), arrows=True,
    ),
    Lesson(
        "vanishing", "vanishing gradients",
        "D has ten steps for each of G and is sure of all; the saturating loss is flat.",
        "Where are the arrows? And what is D so sure of?",
        "log(1 - D(G(z))) is flat where D(G(z)) is 0: G has no gradient when it needs one most; Adam enlarges what is left.",
        Outcome(60, "g_grad", most=2.0), knobs=_STRONG_D, speed=30, arrows=True,
    ),
    Lesson(
        "restored", "gradients restored",
        "The same strong D; G now minimises -log D(G(z)). Look at the arrows.",
        "How many times longer is G's gradient (g_grad) now?",
        "Hundreds of times: -log D(G(z)) is steepest where D is sure. That is why everybody uses it (Goodfellow et al. 2014).",
        Outcome(60, "g_grad", least=20.0), knobs=replace(_STRONG_D, loss="non-saturating"), speed=30, arrows=True,
    ),
    Lesson(
        "grid", "twenty-five modes",
        "25 modes, three D steps a step: G tears its latent plane, as the lines show.",
        "What do the thin threads between the modes consist of?",
        "G is continuous: between the latents of two modes lie latents of points between them, few where G is steep.",
        Outcome(1000, "modes", least=5), data="grid", knobs=replace(_BALANCED, d_steps=3), speed=300, grid=True,
    ),
    Lesson(
        "draw", "your own points",
        "Draw real points with the mouse (right button: erase); G follows them.",
        "Which shapes are easy? Try a line, far blobs, your initials.",
        "One connected piece is easy. Pieces far apart are hard: G has to tear its plane.",
        Outcome(300, "share", least=0.7), data="drawn", knobs=_BALANCED, grid=True,
    ),
)  # fmt: skip
