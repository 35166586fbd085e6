"""What is known of the game that a run plays: its loss, and whether D's output is a belief or a mere score."""

from gan_tui.errors import UserError
from gan_tui.render.ink import Ink
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Started
from gan_tui.run.ideals import ideal_of
from gan_tui.run.state import RunState

LOSSES = (("d_loss", Ink.D), ("g_loss", Ink.G))
PROBABILITIES = (("D(x)", Ink.D), ("D(G(z))", Ink.G))
RANKING = (("d_pair_accuracy", Ink.D),)
"""How often D ranks the real image of a pair above the generated one: the only success of a D that gives scores."""

Scalars = tuple[tuple[str, Ink], ...]


def loss_of(run: RunDirectory) -> str | None:
    """The name of its loss; None for somebody's own loop, whose loss nobody knows."""
    try:
        return run.config().loss.name
    except UserError:
        return None


def believes(started: Started | None, loss: str | None) -> bool:
    """Are D(x) and D(G(z)) probabilities? So they are taken to be where nobody says otherwise."""
    ideal = ideal_of(started, loss)
    return (started is None or started.probabilities) and (ideal is None or ideal.probabilities)


def newest_of(state: RunState) -> Scalars:
    """What of the training's numbers stands in one line: losses, and D's success in the form that the run logs."""
    return LOSSES + (PROBABILITIES if any(name in state.scalars for name, _ in PROBABILITIES) else RANKING)
