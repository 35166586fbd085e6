"""Pictures that a command writes become samples of its run."""

import re
import shlex
import threading
import time
from collections import deque
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from gan_tui.command.found_files import Scan
from gan_tui.config.values import slug
from gan_tui.errors import reason_of
from gan_tui.files import open_regular, write_atomic, write_new
from gan_tui.printable import printable
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent, Note, Samples
from gan_tui.run.images import Images, encode_npy, sheet

LOOK_SECONDS = 0.5
"""Between two looks."""
LARGEST_FILE = 64 << 20
LARGEST_PICTURE = 40_000_000
"""Pixels."""
MOST_KEPT = 1000
"""Copies in the run's folder; what comes after them is shown, and not kept."""
MOST_BYTES = 256 << 20
"""Of these copies."""
WAITING = 16
PATIENCE_SECONDS = 60.0
"""After which a pattern that no file has matched is said to match none."""
_PLOT = re.compile(
    r"(?:^|[^a-z])(?:loss(?:es)?|curves?|plots?|charts?|graphs?|hist(?:ogram|ory)?|metrics?|accuracy)(?:[^a-z]|$)", re.IGNORECASE
)
"""In the name of a picture that is drawn for people."""
_NUMBER = re.compile(r"(\d{4,9})-")
"""Of a copy."""
_REAL = re.compile(r"(?:^|[^a-z])reals?(?:[^a-z]|$)", re.IGNORECASE)


class Pictures:
    """A thread looks and decodes; `take` writes what it has found, in the thread that writes the log."""

    def __init__(self, run: RunDirectory, folder: Path, pattern: str | None = None, since: float | None = None) -> None:
        """`pattern`: of files below `folder`, which are samples whatever is in them; None: of all, those that are sets of images.

        `since`: Unix time; by default now. Raises OSError.
        """
        self._run, self._folder = run, folder
        self._pattern = pattern or ""
        self._began = time.monotonic()
        shown = preview.read(run.path)
        self._sets = {False: shown is not None and shown.images is not None and shown.images.count > 1, True: False}
        """Were there sets of samples, and of real images?"""
        self._told_left_out = self._told_in_vain = self._decoded_any = False
        self._refused: tuple[Path, str] | None = None
        """A file that was no picture, and why."""
        self._scan = Scan(folder, self._pattern, time.time() if since is None else since, run.path)
        self._found: deque[tuple[Path, Images]] = deque(maxlen=WAITING)
        files = list(run.samples.iterdir())  # of an earlier start
        self._kept, self._bytes = len(files), sum(file.lstat().st_size for file in files)
        self._number = max((int(found[1]) for file in files if (found := _NUMBER.match(file.name))), default=0)
        """Of the newest copy: its owner may have removed earlier ones."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="pictures", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.is_set():
            self._look_once()
            self._over.wait(LOOK_SECONDS)

    def _look_once(self) -> None:
        for path in self._scan.look():
            try:
                self._found.append((path, _decode(path)))
                self._decoded_any = True
            except Exception as error:  # whatever a file that is none makes of the decoder, it is no reason to look for no others
                self._refused = path, _why_not(error)

    def take(self, write: Callable[[AnyEvent], None], step: int, epoch_behind: int, epochs: int) -> None:
        """Write what was found; `write` logs it. It is of the epoch that its name says, else of `epoch_behind`. Raises OSError."""
        while self._found:
            path, images = self._found.popleft()
            real = bool(_REAL.search(path.stem)) and "fake" not in path.stem.lower()
            if self._is_no_sample(path, images, real):
                self._tell_left_out(path, write, step)
                continue
            epoch = _epoch_in(path.stem, epochs) or epoch_behind
            if real:
                write_atomic(self._run.real_preview, encode_npy(images), durable=False)
            else:
                preview.write(self._run.path, preview.Preview(step=step, epoch=epoch, images=images))
            if (kept := self._keep(path, images)) is not None:
                write(Samples(step=step, path=str(kept.relative_to(self._run.path)), epoch=epoch, real=real))

        if not self._told_in_vain and self._scan.passes and self._is_late and self.in_vain:
            self._told_in_vain = True
            write(Note(step=step, text=self.in_vain))

    @property
    def in_vain(self) -> str:
        """That no file has matched the pattern, or none that is a picture; empty where one was, or no pattern was given."""
        if not self._pattern or self._decoded_any:
            return ""
        option = f"--pictures {shlex.quote(self._pattern)}"
        if self._refused is not None:
            path, why = self._refused
            return f"{option}: {printable(str(path))} matches and cannot be read: {why}"
        if self._scan.found_any:  # and it is still being written
            return ""
        return f"{option}: no PNG, JPEG or .npy file below {self._folder} that was written since the start matches"

    @property
    def _is_late(self) -> bool:
        return self._over.is_set() or time.monotonic() - self._began > PATIENCE_SECONDS

    def _is_no_sample(self, path: Path, images: Images, real: bool) -> bool:
        """Is it a single picture, as a curve of the losses is, where samples come as sets of images? Whoever names files has chosen."""
        if self._pattern:
            return False
        self._sets[real] = self._sets[real] or images.count > 1
        return images.count == 1 and (self._sets[real] or _PLOT.search(path.stem) is not None)

    def _tell_left_out(self, path: Path, write: Callable[[AnyEvent], None], step: int) -> None:
        if not self._told_left_out:
            self._told_left_out = True
            which = "`gan-tui run --pictures PATTERN` says which files are samples"
            write(Note(step=step, text=f"{path.name} is a single picture and no set of images: it is not shown; {which}"))

    def close(self) -> None:
        """A last look, for what the command wrote at its end."""
        self._over.set()
        self._thread.join(timeout=5.0)
        if not self._thread.is_alive():
            self._scan.settle()
            for _ in range(20):
                self._look_once()
                if self._found:
                    break

    def _keep(self, path: Path, images: Images) -> Path | None:
        """A copy as PNG in the run's folder; None where there are enough."""
        from PIL import Image

        if self._kept >= MOST_KEPT or self._bytes >= MOST_BYTES:
            return None
        grid = sheet(images)
        picture = Image.frombytes("L" if grid.channels == 1 else "RGB", (grid.width, grid.height), grid.pixels)
        content = BytesIO()
        picture.save(content, "PNG")
        while True:
            self._number += 1
            kept = self._run.samples / f"{self._number:04d}-{slug(path.stem) or 'picture'}.png"
            if write_new(kept, content.getbuffer(), durable=False):
                break
        self._kept, self._bytes = self._kept + 1, self._bytes + content.tell()
        return kept


def _decode(path: Path) -> Images:
    """Raises whatever the decoder raises, and ValueError for a picture that is too large."""
    from PIL import Image

    from gan_tui.command.arrays import read_array
    from gan_tui.command.cells import cut

    with open_regular(path) as file:
        if file.seek(0, 2) > LARGEST_FILE:
            raise ValueError("it is too large")
        file.seek(0)
        if path.suffix.lower() == ".npy":
            return read_array(file.read())
        with Image.open(file, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                raise ValueError("it has too many pixels")
            return cut(picture, exact=picture.format == "PNG")


def _why_not(error: Exception) -> str:
    said = isinstance(error, ValueError) or (isinstance(error, OSError) and error.errno is not None)
    return reason_of(error) if said else "it is no whole PNG, JPEG or .npy file"


def _epoch_in(stem: str, epochs: int) -> int:
    """The number in a name, where it can be that of an epoch; else 0."""
    numbers = [int(found) for found in re.findall(r"(?<!\d)\d{1,9}(?!\d)", stem)]
    return numbers[0] if len(numbers) == 1 and 0 < numbers[0] <= epochs else 0
