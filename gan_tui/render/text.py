"""Words and numbers of a fixed width, made of whatever a run directory may hold."""

import math
import re
from collections.abc import Collection

from rich.cells import cell_len, set_cell_size

from gan_tui.counted import time_words
from gan_tui.printable import printable, shortened
from gan_tui.render.glyphs import Glyphs

JUST_NOW = "just now"
_DATED = re.compile(r"\d{8}-\d{6}")
_PIECES = re.compile(r"`[^`]+`\S*|\S+")
EXACT = 3
"""Decimals of a number whose least value says something: a rate of 0.0001 is not 0.000, a probability of 0.0001 is 0.00."""
BEGINNING = 16
"""Cells of a name of which the beginning is not cut for the end: one that gan-tui made begins with date and time."""
SHORTEST_CUT = 8
"""Cells in which a name has a beginning and an end."""
LONGEST = 2_000
"""Characters: what comes from outside is cut here, with a mark, before anything else looks at it."""


def plain(text: str, glyphs: Glyphs, *, columns: bool = False) -> str:
    """`text` as one printable line: no control characters, escape sequences or bidirectional overrides.

    What a run directory holds was perhaps copied from elsewhere, and a terminal obeys what it is sent. `columns`: blanks stay as they are.
    """
    clean = printable(shortened(text, LONGEST))
    if not glyphs.unicode:
        clean = clean.replace("·", "-").replace("–", "-").replace("…", "...").replace("→", "->").encode("ascii", "replace").decode()
    return clean.rstrip() if columns else " ".join(clean.split())


def fit(text: str, width: int, glyphs: Glyphs) -> str:
    """`text` cut to at most `width` cells, an ellipsis saying so."""
    if cell_len(text) <= width:
        return text
    if width <= cell_len(glyphs.ellipsis):
        return set_cell_size(text, max(0, width))
    return set_cell_size(text, width - cell_len(glyphs.ellipsis)) + glyphs.ellipsis


def fit_words(text: str, width: int, glyphs: Glyphs) -> str:
    """The same, cut behind a word where one is whole by then; not before one so long that half of the room would stay empty."""
    cut = fit(text, width, glyphs)
    beginning = cut.removesuffix(glyphs.ellipsis)
    words = (beginning if text.startswith(f"{beginning} ") else beginning.rpartition(" ")[0]).rstrip(" ,;:")
    return cut if cut == text or cell_len(words) < width // 2 else words + glyphs.ellipsis


def fit_both_ends(name: str, width: int, glyphs: Glyphs) -> str:
    """A name in at most `width` cells, a mark where it is cut: in the middle where there is room, for names often differ at their ends.

    One that begins with date and time keeps them where they have room; else, of a short room, half goes to the end.
    """
    room = width - BEGINNING
    end = width // 2 if room < 0 else room // 3 if _DATED.match(name) else width // 3
    if cell_len(name) <= width or width < SHORTEST_CUT or end < 1:
        return fit(name, width, glyphs)
    return fit(name, width - end, glyphs) + set_cell_size(name[::-1], end)[::-1]


def number(value: float | None, width: int, glyphs: Glyphs, decimals: int = 3) -> str:
    """`value` right-aligned in exactly `width` cells (6 or more), whatever it is."""
    if value is None:
        return glyphs.dash.rjust(width)
    if math.isnan(value):
        return "nan".rjust(width)
    if math.isinf(value):
        return ("inf" if value > 0 else "-inf").rjust(width)
    for places in range(decimals, -1, -1):
        text = f"{value:.{places}f}"
        if len(text) <= width:
            powers = (_power(value, 1), _power(value, 0)) if decimals >= EXACT and value and not float(text) else ()
            return next((words for words in (*powers, text) if len(words) <= width), text).rjust(width)
    return _power(value, 0).rjust(width)[:width]


def _power(value: float, places: int) -> str:
    """`1e9`, `1.3e-4`."""
    return re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), f"{value:.{places}e}")


def duration(seconds: float | None, glyphs: Glyphs) -> str:
    """`time_words` of any number; a dash where it is no time."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0 or seconds > 1e9:
        return glyphs.dash
    return time_words(seconds)


def eta(seconds: float | None, glyphs: Glyphs) -> str:
    """Time to come, in at most 7 cells and no finer than it can be known: `<1 min`, `42 min`, `1h 02m`. Never less than it is."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0 or seconds > 1e9:
        return glyphs.dash
    if seconds < 60:
        return "<1 min"
    minutes = math.ceil(seconds / 60)
    unit = 60 if minutes < 1440 else 3600 if minutes < 144_000 else 86_400  # of the last number that is said
    return f"{minutes} min" if minutes < 60 else time_words(math.ceil(seconds / unit) * unit)


def coarse(seconds: float) -> str:
    """An age in steps as coarse as it is long, so that a screen that shows it changes rarely: `20 s`, `2 min`, `3 h`, `2 days`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole // 10 * 10} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 2 * 86_400:
        return f"{whole // 3600} h"
    return f"{whole // 86_400} days"


def ago(seconds: float) -> str:
    """`just now`, `20 s ago`, `2 min ago`."""
    return JUST_NOW if seconds < 10 else f"{coarse(seconds)} ago"


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words where that is possible. A `command` stays whole, to be copied."""
    lines: list[str] = []
    line = ""
    pieces = [[piece] if cell_len(piece) <= width else piece.split() for piece in _PIECES.findall(text)]
    for word in (word for piece in pieces for word in piece):
        if line and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while cell_len(line) > max(1, width):
            cut = 1
            while cut < len(line) and cell_len(line[: cut + 1]) <= width:
                cut += 1
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines


def rows_of(text: str, width: int, most: int, glyphs: Glyphs) -> list[str]:
    """`text` in at most so many lines; what is left of it is cut from the last one."""
    rows = wrapped(text, width) or [""]
    return rows if len(rows) <= most else [*rows[: most - 1], fit_words(" ".join(rows[most - 1 :]), width, glyphs)]


def joined(parts: list[str], between: str, width: int) -> list[str]:
    """As many parts in a line as fit, and as many lines as it takes."""
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines[-1] else part
        if cell_len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def quantity(value: float) -> str:
    """A count in at most 5 cells: `842`, `8,431`, `84.3k`, `843k`, `8.4M`."""
    if value < 10_000:
        return f"{value:,.0f}"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f}{letter}" if value < 100 * size else f"{value / size:.0f}{letter}"
    return ""


STEP = "step "
DONE = "done"
"""The title above what some runs have done, of which none counts anything but steps."""


def how_far(epochs_done: int, planned: int, step: int, unit: str = "") -> str:
    """How far a run has come, in a table: `36/200` epochs, `36` where nobody has planned how many, `step 843k` of a run without epochs.

    unit: of what it counts, where the table does not say it: `2/3 trials`. Empty before the first step.
    """
    if planned or epochs_done:
        words = f"{epochs_done}/{planned}" if planned else f"{epochs_done}"
        return f"{words} {unit}{'' if words == '1' else 's'}" if unit else words
    return f"{STEP}{quantity(step)}" if step else ""


def unit_above(units: Collection[str]) -> str:
    """The title above what some runs have done, which count `units`: that of those that do not say their own."""
    return "epoch" if "epoch" in units else next(iter(units), DONE)


def many_above(unit: str) -> str:
    """The same as the column says it, whose numbers are how many are done, and not which is in progress: `epochs`."""
    return unit if unit == DONE else f"{unit}s"


def rate(steps_per_second: float | None, glyphs: Glyphs) -> str:
    """Speed in exactly 12 cells, with its unit."""
    if steps_per_second is None or not math.isfinite(steps_per_second) or steps_per_second < 0:
        text = glyphs.dash
    elif steps_per_second >= 1e6:
        text = f"{steps_per_second:.0e}"
    elif steps_per_second >= 10:
        text = f"{steps_per_second:,.0f}"
    else:
        text = f"{steps_per_second:.2f}"
    return f"{text} it/s".rjust(12)


def bytes_in_words(count: int | None, glyphs: Glyphs) -> str:
    """A number of bytes with three digits and its unit, at most 8 cells: `61.2 MiB`, `1.42 GiB`."""
    if count is None or count < 0:
        return glyphs.dash
    value, unit = count / 1024, "KiB"
    for larger in ("MiB", "GiB", "TiB", "PiB"):
        if value < 999.5:
            break
        value, unit = value / 1024, larger
    places = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{places}f} {unit}"
