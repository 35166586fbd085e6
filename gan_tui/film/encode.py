"""Frames as a file: GIF, WebP and animated PNG by Pillow, MP4 by ffmpeg, where that is installed."""

import io
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Timer

from PIL import Image, UnidentifiedImageError

from gan_tui.errors import UserError
from gan_tui.film.frames import FASTEST, Frame, captioned
from gan_tui.printable import printable

SUFFIXES = (".gif", ".webp", ".png", ".mp4")
COLOURS = 255
"""Of a GIF's frame."""
FFMPEG_SECONDS = 300.0
"""In which ffmpeg takes a frame, or writes its file once it has all."""
OTHERS = ".gif, .webp and .png need no ffmpeg"


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


def measures(content: bytes) -> str:
    """`480 x 512 pixels, ` of what was made; nothing of an MP4, which Pillow does not read."""
    with suppress(UnidentifiedImageError), Image.open(io.BytesIO(content)) as picture:
        return f"{picture.width} x {picture.height} pixels, "
    return ""


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
        target, said = Path(folder) / "film.mp4", Path(folder) / "errors"
        words = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}"]
        words += ["-r", f"{FASTEST:g}", "-i", "-", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(target)]
        with said.open("wb") as errors:
            process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            _feed(process, chain((first,), iterator))
        finally:
            process.kill()  # nothing, where it has ended
            process.wait()
            with suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]
        if process.returncode or not target.is_file():
            line = printable(said.read_bytes().decode("utf-8", "replace").split("\n")[0])
            raise UserError(f"ffmpeg could not make the film: {line or 'it does not say why'}; {OTHERS}")
        return target.read_bytes()


def _feed(process: "subprocess.Popen[bytes]", frames: Iterable[Frame]) -> None:
    """Give it all frames, and wait until it has ended, well or not. Raises UserError where it does nothing any more."""
    assert process.stdin
    with suppress(BrokenPipeError):  # it has ended, and its exit status says more
        for frame in frames:
            pixels = captioned(frame).tobytes()
            with _deadline(process):
                for _ in range(max(1, round(FASTEST * frame.seconds))):
                    process.stdin.write(pixels)
        with _deadline(process):
            process.stdin.close()
    with _deadline(process):
        process.wait()


@contextmanager
def _deadline(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Raises UserError after FFMPEG_SECONDS: what waits for a process that is killed then waits no longer."""
    late = Event()

    def give_up() -> None:
        late.set()
        process.kill()

    timer = Timer(FFMPEG_SECONDS, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except BrokenPipeError:
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise UserError(f"ffmpeg has done nothing for {FFMPEG_SECONDS:g} seconds and was ended: no film is made; {OTHERS}")
