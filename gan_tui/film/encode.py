"""Frames as a file: GIF, WebP and animated PNG by Pillow, MP4 by ffmpeg, where that is installed."""

import io
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from gan_tui.errors import UserError
from gan_tui.film.frames import FASTEST, Frame, captioned
from gan_tui.printable import printable

SUFFIXES = (".gif", ".webp", ".png", ".mp4")
COLOURS = 255
"""Of a GIF's frame."""
FFMPEG_SECONDS = 300.0


def check(suffix: str) -> None:
    """Raises UserError where such a film cannot be made on this machine."""
    if suffix == ".mp4" and not shutil.which("ffmpeg"):
        raise UserError(
            "an mp4 film is made by ffmpeg, which is not installed: install it, or choose a name that ends in .gif, .webp or .png"
        )


def encode(frames: Iterable[Frame], suffix: str) -> bytes:
    """A film of frames of one size, that begins anew at its end. `suffix`: one of SUFFIXES.

    Only one frame at a time is in memory, but for what the encoder keeps. Raises UserError where it cannot be made.
    """
    return _mp4(frames) if suffix == ".mp4" else _animation(frames, suffix)


def png(picture: Image.Image) -> bytes:
    """One picture that stands still."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _animation(frames: Iterable[Frame], suffix: str) -> bytes:
    seconds: list[float] = []

    def pictures() -> Iterator[Image.Image]:
        for frame in frames:
            seconds.append(frame.seconds)
            picture = captioned(frame)
            yield picture.quantize(COLOURS, dither=Image.Dither.NONE) if suffix == ".gif" else picture

    # Durations are wanted before the frames are drawn: so the pictures are drawn first, a byte a pixel in a GIF.
    first, *others = pictures()
    buffer = io.BytesIO()
    milliseconds = [max(20, round(1000 * second)) for second in seconds]
    if suffix == ".gif":
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0, optimize=False)
    elif suffix == ".webp":
        first.save(buffer, "WEBP", save_all=True, append_images=others, duration=milliseconds, loop=0, quality=85, method=4)
    else:
        first.save(buffer, "PNG", save_all=True, append_images=others, duration=milliseconds, loop=0)
    return buffer.getvalue()


def _mp4(frames: Iterable[Frame]) -> bytes:
    """H.264, in the pixel format that every player knows; a frame that stands is said several times."""
    iterator = iter(frames)
    first = next(iterator)
    size = captioned(first).size
    with TemporaryDirectory() as folder:
        target = Path(folder) / "film.mp4"
        words = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}"]
        words += ["-r", f"{FASTEST:g}", "-i", "-", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(target)]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stdin
        try:
            for frame in chain((first,), iterator):
                pixels = captioned(frame).tobytes()
                for _ in range(max(1, round(FASTEST * frame.seconds))):
                    process.stdin.write(pixels)
            process.stdin.close()
        except BrokenPipeError:
            pass
        error = process.stderr.read() if process.stderr else b""
        if process.wait(FFMPEG_SECONDS):
            lines = error.decode("utf-8", "replace").split("\n")
            raise UserError(
                f"ffmpeg could not make the film: {printable(lines[0]) or 'it does not say why'}; .gif, .webp and .png need no ffmpeg"
            )
        return target.read_bytes()
