"""States, kinds of events and levels: each name that events may have is declared, and nothing else is."""

from typing import get_args

import pytest

from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.run import events
from gan_tui.spec.kinds import KINDS, LEVELS, MARKS, LevelName, kind_of
from gan_tui.spec.states import STATES, StateName


def test_every_state_and_kind_and_level_is_declared() -> None:
    assert STATES.keys() == set(get_args(StateName))
    assert LEVELS.keys() == set(get_args(LevelName))
    assert KINDS.keys() == {kind.__struct_config__.tag for kind in get_args(events.AnyEvent)}
    assert kind_of("of-tomorrow").group == ""


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_marks_can_be_told_apart(glyphs: Glyphs) -> None:
    assert len({getattr(glyphs, kind.mark) for kind in MARKS}) == len(MARKS) == 3
