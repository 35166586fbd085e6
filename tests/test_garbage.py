"""What is imported stays, and is not looked through; what a process leaves behind later goes as ever."""

import gc
import sys
from types import ModuleType

import pytest

from gan_tui import garbage


def test_only_what_was_imported_is_kept_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run that is opened from a list begins so: the screen before it would stay in memory."""
    frozen = list[bool]()
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(gc.isenabled()))
    with garbage.nothing_goes():
        assert not gc.isenabled()
    assert (frozen, gc.isenabled()) == ([], True)
    with garbage.nothing_goes():
        monkeypatch.setitem(sys.modules, "gan_tui_imported_now", ModuleType("gan_tui_imported_now"))
    assert (frozen, gc.isenabled()) == ([False], True)


def test_whoever_has_turned_it_off_finds_it_so() -> None:
    gc.disable()
    try:
        with garbage.none_made():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
