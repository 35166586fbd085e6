"""`cast`: the training of a run as a film of its dashboard, to be shown to others."""

from pathlib import Path

import click

from gan_tui.cli.chart_file import check_output
from gan_tui.cli.group import check_theme, cli, mention, runs_dir_option, theme_option
from gan_tui.cli.replay import check_recorded
from gan_tui.cli.typed import words_of
from gan_tui.cli.watch import VIEWS, View, parsed_size
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_for_person

SUFFIXES = (".cast", ".gif", ".svg")
SIZE, SECONDS, FONT_SIZE = "80x24", 30.0, 15
RATES = {".cast": 8.0, ".gif": 6.0, ".svg": 4.0}
"""Pictures a second, as each format can afford."""
MOST_CELLS = 5_000_000
"""Of all pictures together: half a minute at 200x60 with eight a second is three million, and one takes up to 265 bytes."""
MOST_PIXELS = 1_000_000_000
"""Of all pictures of a GIF together: each is a byte of memory."""


@cli.command(short_help="Make a film of a run's dashboard.")
@run_or_newest
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
              help="Its name says what is made: .cast (asciinema), .gif, or .svg that moves by itself.")  # fmt: skip
@click.option("--size", metavar="COLUMNSxLINES", default=SIZE, show_default=True, help="Of the screen.")
@click.option("--seconds", type=click.FloatRange(1, 600), default=SECONDS, show_default=True, metavar="S", help="How long the film is.")
@click.option("--view", type=View(VIEWS), default=VIEWS[0], show_default=True, help="What is shown, by its name or key.")
@click.option("--images", type=click.Choice(["ascii", "half", "braille"]), help="How images are drawn.  [default: as on the screen]")
@click.option("--rate", type=click.FloatRange(0.2, 20), metavar="N",
              help=f"Pictures a second.  [default: {', '.join(f'{suffix} {rate:g}' for suffix, rate in RATES.items())}]")  # fmt: skip
@click.option("--font", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Of a GIF: a monospaced font.  [default: one that this machine has, else Pillow's own]")  # fmt: skip
@click.option("--font-size", type=click.IntRange(6, 64), metavar="PIXELS", help=f"Of a GIF.  [default: {FONT_SIZE}]")
@theme_option
@runs_dir_option
def cast(run: str | None, output: Path, size: str, seconds: float, view: str, images: str | None, rate: float | None, font: Path | None,
         font_size: int | None, theme: str | None, runs_dir: Path) -> None:  # fmt: skip
    """Make a film of a run's dashboard: the whole training in 30 seconds.

    It is made of the log and the saved grids, as `gan-tui replay` is, and needs no terminal and no network.
    """
    columns, lines = parsed_size(size)
    from gan_tui.dashboard.widgets.cramped import SMALLEST

    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        raise UserError(f"{words_of('--size', size)}: the screen needs {SMALLEST[0]}x{SMALLEST[1]} or more")
    check_output(output, *SUFFIXES)
    suffix = output.suffix.lower()
    if suffix != ".gif" and (font or font_size):
        raise UserError(f"--font and --font-size are those of a GIF, and {output} is none: readers of the others have fonts of their own")
    found = find_run(runs_dir, run)
    check_recorded(found)
    check_theme(theme)
    rate = rate or RATES.get(suffix, RATES[".cast"])
    pictures = seconds * rate
    if pictures * columns * lines > MOST_CELLS:
        raise UserError(f"{pictures:,.0f} pictures of {size} are too many: ask for fewer --seconds, a lower --rate or a smaller --size")
    draw = None
    if suffix == ".gif":
        from gan_tui.film.letters import Letters

        draw = Letters(font_size or FONT_SIZE, font)
        if pictures * columns * draw.width * lines * draw.height > MOST_PIXELS:
            raise UserError(f"{pictures:,.0f} pictures of so many pixels are too many: ask for a lower --rate, or a smaller --font-size")
    from gan_tui.dashboard.cast import film
    from gan_tui.film import asciicast, screen_gif, screen_svg
    from gan_tui.render.images import ImageMode

    mode = ImageMode(images) if images else None
    reel = film(found, (columns, lines), seconds, rate, view=view, theme=theme, images=mode)
    looped = reel.round_again()
    content = screen_gif.encode(looped, draw) if draw else screen_svg.encode(looped) if suffix == ".svg" else asciicast.encode(reel)
    try:
        write_for_person(output, content)
    except OSError as error:
        raise UserError(f"cannot write {output}: {reason_of(error)}") from None
    mention(f"wrote {output} ({len(reel.shots)} pictures, {reel.seconds:.0f} s, {max(1, len(content) // 1000):,} kB)")
    if draw and not draw.monospaced:
        mention("no monospaced font was found, so the letters are Pillow's own, spread out: --font FILE takes a better one")
