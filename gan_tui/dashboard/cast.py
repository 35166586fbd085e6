"""A film of the dashboard: a recorded run in so many seconds, its screen drawn for each picture and photographed."""

import asyncio
from functools import lru_cache

from rich.color import Color
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.playback import Playback
from gan_tui.dashboard.replay import Replay, times
from gan_tui.film.screen import Colour, Line, Look, Reel, Shot, Span
from gan_tui.printable import printable
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.images import ImageMode
from gan_tui.render.terminal import Colours
from gan_tui.run.directory import RunDirectory

HOLD_SECONDS, HOLD_SHARE = 2.0, 0.25
"""For which the last picture stands, so that a film which begins anew is seen to; of a short film, a share of it."""


def film(
    run: RunDirectory, size: tuple[int, int], seconds: float, rate: float, *, view: str, theme: str | None, images: ImageMode | None
) -> Reel:
    """The run in `seconds`, those included for which its end stands, in pictures of `size` (columns, lines), `rate` a second at most.

    Without `images` they are drawn as such images were last. Raises UserError for a theme that is unknown or broken.
    """
    playback = Playback(run)
    hold = min(HOLD_SECONDS, seconds * HOLD_SHARE)
    moving = seconds - hold
    app = _Filmed(run, playback, playback.recording.length / moving, theme, glyphs=UNICODE, images=images, colours=Colours.TRUE)
    with app.own_time():
        shots = asyncio.run(_shots(app, size, moving, hold, rate, view))
    return Reel(f"gan-tui: {printable(run.name)}", *size, _rgb(Color.parse(app.get_css_variables()["background"])), shots)


class _Obedient(Commander):
    """As if the run were trained while it is filmed: its keys are on the screen."""

    @property
    def refusal(self) -> str:
        return ""


class _Filmed(Replay):
    """Goes where it is told to, and not by the clock."""

    COMMANDER = _Obedient

    commands = Dashboard.commands
    paused = Dashboard.paused

    async def play(self) -> None:
        """Nothing by itself."""

    def go_to(self, moment: float) -> None:
        """Show the run as of then, in seconds into the recording."""
        self.playback.go_to(moment, None)
        self.say_what_is_skipped()
        self.take(self.playback.snapshot(f"{times(self.speed)}x"))


async def _shots(app: _Filmed, size: tuple[int, int], moving: float, hold: float, rate: float, view: str) -> list[Shot]:
    """Pictures that are alike are one that stands longer; lines that are alike are in memory once."""
    count = max(2, round(moving * rate) + 1)
    shots: list[Shot] = []
    known: dict[Line, Line] = {}
    async with app.run_test(size=size) as pilot:
        app.set_pace(0)
        for number in range(count):
            # The share first, which is 1 at the end: the length, multiplied and then divided by a number, may be less than it was.
            app.go_to(app.playback.recording.length * (number / (count - 1)))
            if not number:
                await app.action_view(view)
                await pilot.pause()
            lines = tuple(known.setdefault(line, line) for line in await _photographed(app, pilot))
            stands = moving / (count - 1) if number < count - 1 else hold
            if shots and shots[-1].lines == lines:
                shots[-1] = shots[-1]._replace(seconds=shots[-1].seconds + stands)
            else:
                shots.append(Shot(lines, stands))
    return shots


async def _photographed(app: _Filmed, pilot: Pilot[None]) -> list[Line]:
    app.draw_everything()
    await pilot.pause()
    return [_line(strip) for strip in app.screen._compositor.render_strips()]


def _line(strip: Strip) -> Line:
    """Its text with the colours that reach a terminal; neighbours that look alike are one."""
    spans: list[Span] = []
    for text, style, control in strip:
        if control or not text:
            continue
        look = _look(style or Style.null())
        if spans and spans[-1][1] == look:
            spans[-1] = (spans[-1][0] + text, look)
        else:
            spans.append((text, look))
    return tuple(spans)


@lru_cache(maxsize=4096)
def _look(style: Style) -> Look:
    ink = _rgb(style.color or Color.default())
    ground = _rgb(style.bgcolor or Color.default(), foreground=False)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = (2 * ink[0] + ground[0]) // 3, (2 * ink[1] + ground[1]) // 3, (2 * ink[2] + ground[2]) // 3
    return Look(ink, ground, bool(style.bold))


def _rgb(colour: Color, *, foreground: bool = True) -> Colour:
    red, green, blue = colour.get_truecolor(foreground=foreground)
    return red, green, blue
