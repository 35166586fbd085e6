"""Which ways to draw images a terminal has."""

from collections.abc import Mapping

from gan_tui.render import kitty
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode

MEANINGS = {
    ImageMode.ASCII: "ASCII",
    ImageMode.HALF: "half blocks",
    ImageMode.BRAILLE: "braille",
    ImageMode.PIXELS: "pixels",
}


def missing(mode: ImageMode, glyphs: Glyphs, environment: Mapping[str, str]) -> str | None:
    """Why a mode is not to be had, as far as can be known without asking the terminal, which over SSH costs seconds; None: it is."""
    if mode is ImageMode.ASCII:
        return None
    if not glyphs.unicode:
        return "this terminal shows ASCII only"
    if mode is not ImageMode.BRAILLE and environment.get("NO_COLOR"):
        return "it is made of colours, and NO_COLOR is set"
    if mode is ImageMode.PIXELS:
        if environment.get("TMUX") or environment.get("STY"):
            return "tmux and screen pass no pixels on"
        if not kitty.spoken_here(environment):
            return "this terminal is not known to have kitty's graphics protocol (kitty and Ghostty have)"
    return None


def following(mode: ImageMode, glyphs: Glyphs, environment: Mapping[str, str]) -> tuple[ImageMode, str]:
    """The next mode that is to be had, and what to say: its name, and why those in between were left out."""
    modes = list(ImageMode)
    skipped: list[str] = []
    while True:
        mode = modes[(modes.index(mode) + 1) % len(modes)]
        why = missing(mode, glyphs, environment)
        if why is None:
            return mode, f"images: {MEANINGS[mode]}" + "".join(f" (no {reason})" for reason in skipped)
        if not skipped or not skipped[-1].endswith(why):
            skipped.append(f"{MEANINGS[mode]}: {why}")
