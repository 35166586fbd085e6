"""A film of a screen as a GIF: signs are drawn once, and of each picture only the cells that have changed."""

import io
from collections.abc import Iterator

from PIL import Image

from gan_tui.film.frames import evenly
from gan_tui.film.letters import Letters, empty, paint
from gan_tui.film.screen import Line, Reel, cells_of

COLOURS = 128
"""Of the whole film: letters with smooth edges have many, and few are told apart."""
SAMPLED = 6
"""Pictures from which they are chosen."""
SHORTEST = 0.02
"""Seconds of a picture; browsers slow down what is faster."""


def encode(reel: Reel, letters: Letters) -> bytes:
    """The whole film; it begins anew at its end. In memory is a byte for each pixel of each picture."""
    chosen = evenly(range(len(reel.shots)), SAMPLED)
    samples = [picture.copy() for number, picture in enumerate(_pictures(reel, letters)) if number in chosen]
    sheet = Image.new("RGB", (samples[0].width, sum(sample.height for sample in samples)))
    for number, sample in enumerate(samples):
        sheet.paste(sample, (0, number * sample.height))
    palette = sheet.quantize(COLOURS, dither=Image.Dither.NONE)
    pictures = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in _pictures(reel, letters))
    milliseconds = [round(1000 * max(SHORTEST, shot.seconds)) for shot in reel.shots]
    buffer = io.BytesIO()
    next(pictures).save(buffer, "GIF", save_all=True, append_images=pictures, duration=milliseconds, loop=0, optimize=True, disposal=1)
    return buffer.getvalue()


def _pictures(reel: Reel, letters: Letters) -> Iterator[Image.Image]:
    """Of each shot; the same picture, drawn on, so whoever keeps one copies it."""
    canvas = empty(letters, reel.columns, reel.rows, reel.ground)
    before: tuple[Line, ...] = ()
    for shot in reel.shots:
        for row, line in enumerate(shot.lines):
            old = before[row] if row < len(before) else ()
            if line == old:
                continue
            then = cells_of(old, reel.columns)
            for column, sign in enumerate(cells_of(line, reel.columns)):
                if sign is not None and sign != then[column]:
                    paint(canvas, letters, row, column, sign.text, sign.cells, sign.look)
        before = shot.lines
        yield canvas
