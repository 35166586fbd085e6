"""A part of a view that can be looked at alone."""

from textual.containers import Container


class Panel(Container, can_focus=True):
    """Holds the focus (tab, or a click), which its border or its ground shows quietly; `enter` then gives it the whole room."""
