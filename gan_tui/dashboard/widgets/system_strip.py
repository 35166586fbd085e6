"""What the run asks of its machine, in one line of the overview."""

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.system_feed import FIRST_SECONDS, SystemFeed
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import bytes_in_words
from gan_tui.run.directory import RunDirectory
from gan_tui.system.readings import Gpu, Readings

GAP = "   "


class SystemStrip(LineWidget):
    """GPUs first; what does not fit is left out from the end."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._feed = SystemFeed(run, self.redraw)
        self._snapshot: Snapshot | None = None

    @property
    def known(self) -> bool:
        return self._feed.readings is not None

    def ask(self, snapshot: Snapshot) -> None:
        """Have newer readings made, where they are on the screen."""
        first, self._snapshot = self._snapshot is None, snapshot
        self._ask()
        if first:
            self.set_timer(FIRST_SECONDS, self._ask)

    def on_resize(self) -> None:
        """There is room for it from now on: the first readings wait for no clock."""
        if not self.known:
            self._ask()

    def _ask(self) -> None:
        if self._snapshot is not None and self.size.height and self.size.width:
            self._feed.ask(self._snapshot)

    def draw(self, room: Size) -> list[Line]:
        """`gpu 0  87 %  12.3 GiB of 139 GiB  61 °C  512 W   cpu 1.20 of 16 cores   memory 3.1 GiB   disk 73 GiB left`."""
        readings = self._feed.readings
        line: Line = []
        used = 0
        for label, value in self._parts(readings) if readings else (("system", "not read yet"),):
            gap = GAP if line else ""
            if used + len(gap) + len(label) + 1 + len(value) > room.width:
                break
            line += [(f"{gap}{label} ", Role.MUTED), (value, Role.TEXT if readings else Role.MUTED)]
            used += len(gap) + len(label) + 1 + len(value)
        return [line]

    def _parts(self, readings: Readings) -> list[tuple[str, str]]:
        parts = [(f"gpu {gpu.number}", self._gpu(gpu)) for gpu in readings.gpus.gpus]
        trainer, folder = readings.trainer, readings.folder
        if trainer.cpu is not None:
            parts.append(("cpu", f"{trainer.cpu:5.2f} of {readings.machine.cores} cores"))
        if trainer.memory is not None:
            parts.append(("memory", f"{bytes_in_words(trainer.memory, self.glyphs):>8}"))
        if folder.free is not None:
            parts.append(("disk", f"{bytes_in_words(folder.free, self.glyphs)} left"))
        return parts

    def _gpu(self, gpu: Gpu) -> str:
        """Of fixed width; what the driver does not tell is left out."""
        known = [
            None if gpu.use is None else f"{100 * gpu.use:3.0f} %",
            None if gpu.memory_used is None else f"{bytes_in_words(gpu.memory_used, self.glyphs):>8}",
            None if gpu.temperature is None else f"{gpu.temperature:3.0f} {'°C' if self.glyphs.unicode else 'C'}",
            None if gpu.power is None else f"{gpu.power:4.0f} W",
        ]
        return " ".join(text for text in known if text is not None)
