"""Quantities with their units, of a bounded width."""

from gan_tui.render.glyphs import Glyphs


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
