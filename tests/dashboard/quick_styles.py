"""What Textual works out of the style sheets, once for all apps of a process: they have the same sheets and the same widgets.

A third of the time to open an app goes into which rules hold for which widget. That depends on the rules, and on the names, classes and
states of the widget and of those around it.
"""

from typing import Any

from textual.app import App
from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget

_parse = Stylesheet._parse_rules
_apply = Stylesheet.apply
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}
_sheets: dict[tuple[int, ...], int] = {}
"""A number for each list of rules that a sheet has had. The rules themselves live as long as the process does: they are in `_parsed`."""
_found: dict[tuple[object, ...], tuple[RulesMap, tuple[bool, ...]]] = {}
_FLAGS = ("_has_hover_style", "_has_focus_within", "_has_order_style", "_has_odd_or_even")
"""What Textual notes at a widget on the way."""


def parse(sheet: Stylesheet, css: str, *more: Any, **named: Any) -> list[RuleSet]:
    """In place of `Stylesheet._parse_rules`."""
    key = (css, more, *sorted(named.items()), *sorted(sheet._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse(sheet, css, *more, **named)
    return _parsed[key]


def apply(sheet: Stylesheet, node: DOMNode, *, animate: bool = False, cache: object = None) -> None:
    """In place of `Stylesheet.apply`."""
    del cache  # Textual's own, of one pass through one app
    app, *path = node.css_path_nodes
    if not isinstance(app, App):
        _apply(sheet, node, animate=animate)
        return
    key = (_number(sheet), type(app), app.classes, app.pseudo_classes, *map(_looks, path))
    if key in _found:
        rules, flags = _found[key]
        for name, flag in zip(_FLAGS, flags, strict=True):
            setattr(node, name, flag)
        sheet.replace_rules(node, rules, animate=animate)
        sheet._process_component_classes(node)
        return
    kept: dict[tuple[Any, ...], RulesMap] = {}
    _apply(sheet, node, animate=animate, cache=kept)
    for rules in kept.values():  # none where it depends on the place among others
        _found[key] = rules, tuple(getattr(node, name) for name in _FLAGS)


def _number(sheet: Stylesheet) -> int:
    rules = sheet.rules
    known: tuple[list[RuleSet], int] | None = getattr(sheet, "_numbered", None)
    if known is None or known[0] is not rules:
        known = rules, _sheets.setdefault(tuple(map(id, rules)), len(_sheets))
        setattr(sheet, "_numbered", known)  # noqa: B010 - Textual has no such name
    return known[1]


def _looks(node: DOMNode) -> tuple[object, ...]:
    known = type(node), node._id, node.classes
    return (*known, node.mouse_hover, node.has_focus, node.disabled, node.can_focus) if isinstance(node, Widget) else known
