"""The help of `gan-tui play`: the lesson and the field as they are, the keys, what the field can show, numbers and signs, knobs."""

from collections.abc import Iterator

from gan_tui.dashboard.play_commands import PLAY_COMMANDS
from gan_tui.dashboard.play_state import Play
from gan_tui.dashboard.screens.help import Section, help_on_keys
from gan_tui.dashboard.widgets.play_panels import written
from gan_tui.render.glyphs import Glyphs
from gan_tui.spec.play import KNOBS, LESSONS, POINT_SETS

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


def play_help(play: Play, glyphs: Glyphs) -> Iterator[Section]:
    """What is on the screen, keys, what is to be seen in the field, numbers, knobs."""
    yield from help_on_keys(PLAY_COMMANDS, *_seen(play))
    yield "the field", (("", WORDS),)
    yield "numbers and signs", tuple(_numbers_and_signs(glyphs))
    yield "knobs", tuple((knob.label, knob.meaning) for knob in KNOBS)


def _seen(play: Play) -> Iterator[str]:
    """The lesson, and what is drawn of it now; not the answer before it is asked for."""
    lesson = play.lesson
    page = f"Answer: {lesson.answer}" if play.answered else f"Question: {lesson.question}"
    yield f"Lesson {play.number + 1} of {len(LESSONS)}, {lesson.title}. {lesson.text} {page}"
    if play.empty:
        yield "The field is empty: draw real points with the mouse, or press e for an example."
        return
    drawn = [f"real points ({POINT_SETS[play.data]})", "the points that G generates", "D's output as colour below them"]
    drawn += ["arrows where G's loss draws each of its points"] * play.arrows + ["the latent plane as G warps it"] * play.grid
    yield f"In the field: {', '.join(drawn[:-1])} and {drawn[-1]}."
    if turned := [f"{knob.label} {written(play, knob)}" for knob in KNOBS if play.changed(knob)]:
        yield f"You have turned: {', '.join(turned)}."


def _numbers_and_signs(glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """What stands beside the field, and what it means."""
    yield "d_loss, g_loss", "What D and G minimise, without penalties; below them what they would be at equilibrium. Lower is not better."
    yield "g_grad", "The norm of the gradient of G's weights. Near 0 G learns nothing."
    yield "D(x), D(G(z))", "The mean probability of being real that D gives to real and to generated points. Both 0.5: D only guesses."
    yield "pairwise", "Instead, under a loss without probabilities: in how many pairs D ranks the real point higher. 0.5: D only guesses."
    yield " ".join(dict.fromkeys((glyphs.mark_full, glyphs.mark_empty))), "On a bar: 0.5, where D cannot tell the two apart."
    yield glyphs.changed, "Behind a knob: you have turned it from where the lesson put it."
