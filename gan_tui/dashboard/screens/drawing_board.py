"""The drawing board: an outline is drawn, and the run's generator renders it as it grows."""

import asyncio
import time
from typing import ClassVar

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.worker import Worker, WorkerState

from gan_tui.dashboard.canvas import Canvas, Pixel, save_drawing
from gan_tui.dashboard.companion import Companion, first_checkpoint, waits_for
from gan_tui.dashboard.dialogs import UnsavedQuestion
from gan_tui.dashboard.generator_commands import DRAWING_COMMANDS, DRAWING_LEGEND, drawing_commands
from gan_tui.dashboard.pacing import PacedDialog
from gan_tui.dashboard.screens.help import HelpScreen, help_on_keys
from gan_tui.dashboard.terminal_app import TerminalApp
from gan_tui.dashboard.widgets.drawing_panel import DrawingPanel
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.errors import reason_of
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode, next_mode, why_missing
from gan_tui.render.styles import Role
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.drawing import DIALOGUE, Hello, Rendered, Request
from gan_tui.run.images import Images

BESIDE = 3
"""Pictures in a sample of such a run: outline, picture, original."""
ARROWS: dict[str, Pixel] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class DrawingBoard(PacedDialog[None]):
    """Drawing left, picture right, below them what D thinks of both."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, command.action) for command in DRAWING_COMMANDS for key in command.key.split(",")),
        *(Binding(key, f"move{way}") for key, way in ARROWS.items()),
    ]

    def __init__(self, run: RunDirectory, glyphs: Glyphs, images: ImageMode = ImageMode.HALF, *, alone: bool = False) -> None:
        """`images`: how the picture is drawn. `alone`: leaving it ends the app."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._run, self._glyphs, self._images, self._alone = run, glyphs, images, alone
        self._renderer = Companion(DIALOGUE, str(run.path.absolute()))
        self._asked = 0
        self._hello: Hello | None = None
        self.rendered: Rendered | None = None
        """The newest picture."""
        self._examples: Images | None = None
        self._example = -1
        self._pen = False
        self._drawn_at: float | None = None
        """When the oldest stroke was made whose picture is not there yet."""
        self._words, self._role = "reading the generator" + glyphs.ellipsis, Role.MUTED
        """What is said beside the score."""
        self._refusal = ""
        """Why nothing is rendered any more: whatever else is said, it stays."""
        self.panel = DrawingPanel(glyphs, id="board")
        self._title = TextLine(glyphs, f"{run.name}: draw an outline", Role.STRONG, id="board-title")
        self._status = TextLine(glyphs, id="board-status")

    def compose(self) -> ComposeResult:
        with Vertical(id="drawing-board"):
            yield self._title
            yield self.panel
            yield self._status
            yield KeyBar(self._glyphs, drawing_commands(alone=self._alone), id="keys")

    def on_mount(self) -> None:
        """Start the process that renders. It takes seconds to be there; what is drawn meanwhile waits for it."""
        self._set_images(self._images)
        self._show_status()
        seen = preview.read(self._run.path)
        self._examples = seen.images if seen else None
        if self._examples is not None:
            self._make_canvas(self._examples.width // BESIDE, self._examples.height)
        self._follow()

    def on_unmount(self) -> None:
        self._renderer.close()

    # The process that renders

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        if waiting := waits_for(self._run):  # no process is needed to find out
            self.tell(waiting)
            await first_checkpoint(self._run)
            self.tell(f"reading the generator{self._glyphs.ellipsis}")
        async for reply in self._renderer.replies():
            if isinstance(reply, Hello):
                self._begin(reply)
            elif isinstance(reply, Rendered):
                self._take(reply)
            else:
                self._refusal = reply.text
                self.tell("")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed says so; the drawing stays."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self._refusal = f"nothing is rendered any more: {error or type(error).__name__}"
            self._show_status()

    def _begin(self, size: Hello) -> None:
        """The generator is there, and with it the size of a drawing."""
        self._hello = size
        self._make_canvas(size.width, size.height)
        images = self._examples
        if images is None or (images.height, images.width, images.channels) != (size.height, BESIDE * size.width, size.channels):
            self._examples = None
        hint = f"left draws, right erases {self._glyphs.middot} arrows too"
        if self._example < 0:
            self.tell(hint if self.panel.canvas is None or self.panel.canvas.empty else "")
        self._ask()

    def _make_canvas(self, width: int, height: int) -> None:
        """Where there is none of that size."""
        canvas = self.panel.canvas
        if canvas is None or (canvas.width, canvas.height) != (width, height):
            self.panel.canvas = Canvas(width, height)
            self.panel.redraw()

    def _take(self, rendered: Rendered) -> None:
        size = self._hello
        if size is None or len(rendered.pixels) != size.height * size.width * size.channels:
            return
        self.rendered = rendered
        # Three channels, for of one that is 28 x 28 the margin is cut off, as the screens of digits want it.
        pixels = rendered.pixels if size.channels == 3 else bytes(value for value in rendered.pixels for _ in range(3))
        self.panel.show_picture(Images(1, size.height, size.width, 3, pixels))
        self._drawn_at = None
        self._show_status()

    def _ask(self) -> None:
        if self.panel.canvas is not None:
            self._drawn_at = self._drawn_at or time.monotonic()
            self._asked += 1
            self._renderer.ask(Request(self._asked, self.panel.canvas.outline))

    def on_drawing_panel_drawn(self) -> None:
        """The mouse has drawn."""
        if self._hello is not None:
            self.tell("")
        self._ask()

    # What is said

    def tell(self, words: str, role: Role = Role.MUTED) -> None:
        """Say something beside the score, in place of what was said before."""
        self._words, self._role = words, role
        self._show_status()

    def _show_status(self) -> None:
        """`D takes it for real: 0.43 - step 3,399 - ...`."""
        parts, rendered = list[str](), self.rendered
        if rendered is not None:
            parts.append("D gives no probability" if rendered.score is None else f"D takes it for real: {rendered.score:.2f}")
        parts += ["pen down"] * self._pen + ["eraser"] * self.panel.erases
        if rendered is not None and not self._words:
            parts += [f"step {rendered.step:,}", f"drawn in {rendered.seconds * 1000:.0f} ms"]
        parts += [self._words] if self._words else []
        ordered = [*filter(None, [self._refusal]), *(parts if self._role is Role.MUTED else parts[::-1])]
        role = Role.ERROR if self._refusal else self._role if self._words else Role.TEXT
        between = f" {self._glyphs.middot} "
        while ordered[1:] and self._role is not Role.MUTED and cell_len(between.join(ordered)) > self._status.size.width:
            ordered.pop()
        self._status.say(between.join(ordered), role)

    # Keys

    @property
    def _canvas(self) -> Canvas | None:
        return self.panel.canvas

    def _changed(self) -> None:
        self.panel.redraw()
        self._ask()

    def action_move(self, across: int, down: int) -> None:
        """Move the cursor; with the pen down it draws."""
        canvas, before = self._canvas, self.panel.cursor
        if canvas is None:
            return
        if before is None:
            self.panel.cursor = canvas.width // 2, canvas.height // 2
            self.panel.redraw()
            return
        after = before[0] + across, before[1] + down
        if not canvas.holds(after):
            return
        self.panel.cursor = after
        if self._pen:
            canvas.begin()
            canvas.line(before, after, ink=not self.panel.erases)
            self._changed()
        self.panel.redraw()

    def action_mark(self) -> None:
        """The pixel at the cursor becomes a line, or none."""
        canvas = self._canvas
        if canvas is None:
            return
        x, y = self.panel.cursor = self.panel.cursor or (canvas.width // 2, canvas.height // 2)
        canvas.begin()
        canvas.mark((x, y), ink=not canvas.inked(x, y, x + 1, y + 1))
        self.tell("")
        self._changed()

    def action_pen(self) -> None:
        self._pen = not self._pen
        if self._pen and self._canvas is not None and self.panel.cursor is None:
            self.panel.cursor = self._canvas.width // 2, self._canvas.height // 2
            self.panel.redraw()
        self.tell("")

    def action_eraser(self) -> None:
        self.panel.erases = not self.panel.erases
        self.tell("")

    def action_undo(self) -> None:
        if self._canvas is not None and self._canvas.undo():
            self.tell("")
            self._changed()
        else:
            self.tell("there is nothing to undo")

    def action_clear(self) -> None:
        if self._canvas is not None:
            self._canvas.clear()
            self.tell("")
            self._changed()

    def action_example(self, by: int) -> None:
        """The outline of the next held-out image of the run's samples."""
        examples, canvas = self._examples, self._canvas
        if canvas is None:
            return
        if examples is None:
            self.tell("no examples: the run has written no samples yet")
            return
        self._example = (self._example + by) % examples.count if self._example >= 0 else 0
        image, step = examples.image(self._example), examples.width * examples.channels
        rows = (image[row * step :: examples.channels][: canvas.width] for row in range(canvas.height))
        canvas.load(b"".join(rows))
        canvas.keep(canvas.outline)
        self.tell(f"held-out image {self._example + 1} of {examples.count}")
        self._changed()

    def action_next_images(self) -> None:
        app = self.app
        if isinstance(app, TerminalApp):
            mode, words = next_mode(self._images, self._glyphs, app.terminal)
            self._set_images(mode)
            self.tell(words)

    def _set_images(self, mode: ImageMode) -> None:
        """In this way, or the nearest one that the terminal has."""
        app = self.app
        if isinstance(app, TerminalApp) and why_missing(mode, self._glyphs, app.terminal) is not None:
            mode = ImageMode.BRAILLE if self._glyphs.unicode else ImageMode.ASCII
        self._images = mode
        self.panel.set_mode(mode)

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        """Drawing and picture, under names that are free."""
        size, canvas, rendered = self._hello, self._canvas, self.rendered
        if size is None or canvas is None or rendered is None or canvas.empty:
            self.tell("there is nothing to save yet")
            return
        files = {"outline": (canvas.outline, 1), "picture": (rendered.pixels, size.channels)}
        try:
            stem = await asyncio.to_thread(save_drawing, self._run.path, size, files)
        except OSError as error:
            self.tell(f"cannot write {error.filename or self._run.path}: {reason_of(error)}", Role.ERROR)
        else:
            canvas.keep(files["outline"][0])
            self.tell(f"wrote {stem}-outline.png and -picture.png", Role.TEXT)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(help_on_keys(drawing_commands(alone=self._alone), DRAWING_LEGEND), self._glyphs))

    def action_back(self) -> None:
        """It never ends a program."""
        self.tell("q quits; s saves before", Role.TEXT) if self._alone else self.action_leave()

    @work(exclusive=True, group="leave")
    async def action_leave(self) -> None:
        """After a question, where the drawing would be lost."""
        lost = self._canvas is not None and self._canvas.unsaved
        if not lost or await self.app.push_screen_wait(UnsavedQuestion(self._glyphs)):
            self.app.exit() if self._alone else self.dismiss(None)
