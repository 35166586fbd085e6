"""What all adapters share."""

from collections.abc import Mapping
from typing import Any

from gan_tui.config.values import slug
from gan_tui.tracking.run import Run
from gan_tui.tracking.start import track


def lacking(library: str, extra: str) -> ImportError:
    """What to say of a library that is not installed."""
    return ImportError(f"gan_tui.adapters.{extra} wants {library}: pip install 'gan-tui[{extra}]'")


def begin(name: str | None, config: Mapping[str, Any] | None = None, **said: Any) -> Run:
    """A run of that name, as far as a folder can have it. `said`: what else `gan_tui.track` takes."""
    return track((slug(name) or None) if name else None, config=config, **said)


BROKEN_OFF = "broken off by an error"
"""What is known of a training that raised, where its library says nothing of that, and another one begins."""


def curves(values: Mapping[str, Any]) -> dict[str, Any]:
    """What can be one: no words, no lists. Where a trainer is (`epoch`), the run knows itself."""
    return {str(name): value for name, value in values.items() if name != "epoch" and (hasattr(value, "item") or _is_number(value))}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
