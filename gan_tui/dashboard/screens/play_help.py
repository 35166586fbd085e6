"""The help of `gan-tui play`: its keys, what is to be seen in the field, numbers and signs, knobs."""

from collections.abc import Iterator

from gan_tui.dashboard.play_commands import PLAY_COMMANDS
from gan_tui.dashboard.screens.help import Section, help_on_keys
from gan_tui.render.glyphs import Glyphs
from gan_tui.spec.play import KNOBS

WORDS = (
    "Real points are the set to be learned; generated ones are what G makes of 160 latents, always the same, of two numbers each. "
    "The colour below them is D: the stronger, the more real; the steps around 0.5 are the finest. Where a loss has no probabilities "
    "(relativistic, hinge, wasserstein) the strongest is D's highest output here, the weakest its lowest. Both networks have two hidden "
    "layers of 64 units. A mode is covered when at least a quarter of its fair share of 1,024 samples lies within three standard "
    "deviations of it; of a set without modes, a real point is covered when a sample lies within 0.1. An arrow's length says how steep "
    "G's loss is at a point: 0.2 at most, and nothing where it is flat. Nothing is drawn outside the field: what would lie there, an "
    "arrow's head too, stands at its edge, where G's points pile up that are pushed further out (G ends in tanh, which ends at -1 and 1). "
    "The training is the step that every run of gan-tui makes (gan_tui/training/step.py); nothing is written unless you save."
)


def play_help(glyphs: Glyphs) -> Iterator[Section]:
    """Keys, what is to be seen, numbers, knobs."""
    yield from help_on_keys(PLAY_COMMANDS, WORDS)
    yield "numbers and signs", tuple(_numbers_and_signs(glyphs))
    yield "knobs", tuple((knob.label, knob.meaning) for knob in KNOBS)


def _numbers_and_signs(glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """What stands beside the field, and what it means."""
    yield "d_loss, g_loss", "What D and G minimise, without penalties; below them what they would be at equilibrium. Lower is not better."
    yield "g_grad", "The norm of the gradient of G's weights. Near 0 G learns nothing."
    yield "D(x), D(G(z))", "The mean probability of being real that D gives to real and to generated points. Both 0.5: D only guesses."
    yield "pair acc", "Instead, under a loss without probabilities: in how many pairs D ranks the real point higher. 0.5: D only guesses."
    yield " ".join(dict.fromkeys((glyphs.mark_full, glyphs.mark_empty))), "On a bar: 0.5, where D cannot tell the two apart."
    yield glyphs.changed, "Behind a knob: you have turned it from where the lesson put it."
