"""The view of the samples: large or many, now or in an earlier epoch, and what each is nearest to."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import bindings, view_name
from gan_tui.dashboard.grids import Grids
from gan_tui.dashboard.messages import Say, Snapshot, WalkAsked
from gan_tui.dashboard.neighbours import Neighbours
from gan_tui.dashboard.nothing_yet import LOST
from gan_tui.dashboard.sample_choice import Source, epoch_of, live, moment_of, neighbour, next_source, sample_name
from gan_tui.dashboard.views.view import YOUNG_IMAGES, Box, View
from gan_tui.dashboard.widgets.film_strip import FILM_SECONDS, FilmStrip
from gan_tui.dashboard.widgets.header import is_over
from gan_tui.dashboard.widgets.picture_board import gallery
from gan_tui.dashboard.widgets.sample_detail import SampleDetail, alone, beside_neighbour, waiting
from gan_tui.dashboard.widgets.sample_grid import OUTLINED, SOONEST, SampleGrid
from gan_tui.dashboard.widgets.timeline import Timeline, Times, nothing_earlier
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.run.directory import RunDirectory
from gan_tui.run.entries import Mark
from gan_tui.run.images import Images
from gan_tui.spec.commands import COMMANDS

ZOOMED = "-zoomed"


class SamplesView(View):
    """Samples of the run, the same latents in the same places throughout."""

    TITLE = "samples"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("samples")]

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self._snapshot: Snapshot | None = None
        self._source: Source = "ema"
        self._epoch: int | None = None
        """The one whose grid is shown; None: the newest samples."""
        self._bookmark: int | None = None
        """The one that led there, counted from 0."""
        self._version = -1
        """Of the newest samples that are drawn; -1: something else is, or nothing."""
        self._grids = Grids(run)
        self._neighbours = Neighbours(commander, glyphs)
        self._run, self._about, self._word = run, run.task, run.task.epoch
        self.sample_grid = gallery(run, glyphs, range(80, 250), selectable=True, id="gallery")
        self.detail = SampleDetail(glyphs, id="sample-detail")
        self.film = FilmStrip(run, glyphs, id="film")
        self.timeline = Timeline(glyphs, id="timeline")
        self._panel = Box(self.sample_grid, self.detail, id="gallery-panel")

    def compose(self) -> Iterable[Widget]:
        """The images in a box, the same ones as they were, and the epochs below."""
        yield self._panel
        yield self.film
        yield self.timeline

    def set_images(self, mode: ImageMode) -> None:
        for widget in (self.sample_grid, self.detail, self.film):
            widget.set_mode(mode)

    # What is shown

    def show_now(self, snapshot: Snapshot) -> None:
        """Images keep their pace when the run's state changes: it may do so several times in a second, and they cost most of all."""
        self.refresh_from(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """The newest samples at their own pace; an earlier epoch stands still."""
        self._snapshot, self._word = snapshot, snapshot.place_word
        if self.due("film", FILM_SECONDS):
            self.film.show(snapshot)
        arrived = self._neighbours.take(snapshot)
        self.sample_grid.wait(snapshot.why_no_samples)
        self._show_times()
        if self._zoomed:
            news = arrived or (self._epoch is None and snapshot.images_version != self._version)
            if news and self.due("detail", 0.0 if arrived else self._between(snapshot, self.detail.seconds)):
                self._version = snapshot.images_version
                self._show_detail()
                self._show_title()
        elif self._epoch is None and snapshot.images_version != self._version and self._images_due(snapshot):
            self._version = snapshot.images_version
            self._show_live()
            self._show_title()
        elif not self._panel.border_title:
            self._show_title()

    def _images_due(self, snapshot: Snapshot) -> bool:
        return self.due("images", self._between(snapshot, self.sample_grid.seconds), snapshot.preview.step, YOUNG_IMAGES)

    @staticmethod
    def _between(snapshot: Snapshot, seconds: float) -> float:
        """Between two drawings: a replay goes faster than its run did, and what a run has come to is waited for."""
        return SOONEST if snapshot.recorded or is_over(snapshot) else seconds

    def _redraw(self) -> None:
        """What a key changed, at once."""
        if self._zoomed:
            self._show_detail()
        elif self._epoch is not None:
            self._show_epoch(self._epoch)
        else:
            self._show_live()
        self._show_title()
        self._show_times()

    def _show_live(self) -> None:
        if self._snapshot is None:
            return
        shown = live(self._snapshot, self._source)
        if shown.images is None:
            self.sample_grid.clear(self._snapshot.why_no_samples)
        else:
            self.sample_grid.show_names(self._snapshot.preview.names)
            self.sample_grid.show(shown.images, shown.scores)
        self.sample_grid.show_sources(self._snapshot.real)

    def _show_epoch(self, epoch: int) -> None:
        """The grid of an epoch, if it was read before; else it is read now, and keys go on working."""
        snapshot = self._snapshot
        event = snapshot.state.grids.get(epoch) if snapshot else None
        if snapshot is None or event is None:
            return
        grid = self._grids.known(event)
        if grid is None:
            self.run_worker(self._read(epoch), group="grids", exclusive=True)
        elif isinstance(grid, Images):
            self.sample_grid.show_names(())
            self.sample_grid.show(grid, event.scores)
        else:
            self.sample_grid.clear(grid)

    async def _read(self, epoch: int) -> None:
        snapshot = self._snapshot
        if snapshot is not None and (event := snapshot.state.grids.get(epoch)) is not None:
            await asyncio.to_thread(self._grids.read, event, snapshot.preview.images)
            if self._epoch == epoch:
                self._redraw()

    def _show_title(self) -> None:
        """Our own words only: a border's title understands markup. A new one costs as much as new images: the whole box is sent."""
        if (snapshot := self._snapshot) is None:
            return
        parts = [OUTLINED if self.run_directory.outlines else view_name(self.TITLE, self._about)]
        parts += [f"number {self._index + 1}"] * self._zoomed
        if self._epoch is not None:
            at, last = map(snapshot.place_of, (self._epoch, max(snapshot.state.grids, default=self._epoch)))
            parts.append(f"{self._word} {at:,} of {last:,} {self.glyphs.dash} end: {'newest' if is_over(snapshot) else 'live'}")
        else:
            shown, known = live(snapshot, self._source).source, self._about.ours and not self._about.picture and self.sample_grid.count
            weights = [shown] if known else []  # whose those of a script are is not known
            parts += ["training images"] if shown == "real" else [*moment_of(snapshot), *weights]
        title = f" {self.glyphs.middot} ".join(parts)
        self._panel.retitle(title)

    def _show_times(self) -> None:
        if self._snapshot is not None:
            grids = self._snapshot.state.grids
            marked = [(epoch, mark.text) for mark in self._bookmarks if (epoch := epoch_of(mark, grids)) is not None]
            self.timeline.show(Times(tuple(sorted(grids)), self._epoch, tuple(marked), self._bookmark, self._word))

    # Which weights, which epoch

    def action_next_source(self) -> None:
        """Averaged weights, the weights of the moment, training images."""
        if self._snapshot is None or self._about.picture:
            return
        if self._epoch is not None:
            self._say("an earlier epoch is shown as it was written; end leads back to the newest samples")
            return
        before = live(self._snapshot, self._source).source
        self._source, skipped = next_source(self._snapshot, self._source)
        reasons = f" ({'; '.join(skipped)})" if skipped else ""
        self._say(f"{'samples' if self._source != before else 'still samples'}: {self._source}{reasons}")
        self._redraw()

    def action_scrub(self, where: str) -> None:
        """To the epoch before or after, to the first, or back to the newest samples."""
        epochs = sorted(self._snapshot.state.grids) if self._snapshot else []
        if not epochs:
            lost = self._snapshot and self._snapshot.saved is not None
            self._say(f"which grids there are is {LOST}" if lost else nothing_earlier(self._word or self._about.epoch))
            return
        now = float("inf") if self._epoch is None else self._epoch
        earlier, later = [epoch for epoch in epochs if epoch < now], [epoch for epoch in epochs if epoch > now]
        targets = {"earlier": earlier[-1] if earlier else self._epoch, "later": later[0] if later else None, "first": epochs[0]}
        self._go(targets.get(where), None)

    def action_to_bookmark(self, where: str) -> None:
        """To the bookmark before or after what is shown; behind the last one, to the newest samples."""
        marks = self._bookmarks
        grids = self._snapshot.state.grids if self._snapshot else {}
        if not marks or not grids:
            self._say("no bookmarks yet: b makes one" if not marks else nothing_earlier(self._word))
            return
        place = neighbour([epoch_of(mark, grids) or 0 for mark in marks], self._epoch, self._bookmark, later=where == "later")
        if place is not None:
            self._go(epoch_of(marks[place], grids), place)
        elif where == "later":
            self._go(None, None)
        else:
            here = "one" if self._bookmark is not None else self._word
            self._say(f"there is no bookmark before this {here}")

    def _go(self, epoch: int | None, bookmark: int | None) -> None:
        self._epoch, self._bookmark = epoch, bookmark
        self._neighbours.forget()
        self._version = -1
        self._zoom(False)
        self._redraw()

    @property
    def _bookmarks(self) -> list[Mark]:
        return [mark for mark in self._snapshot.state.marks if mark.kind == "bookmark"] if self._snapshot else []

    # One of them

    @property
    def _zoomed(self) -> bool:
        return self.has_class(ZOOMED)

    @property
    def _index(self) -> int:
        return self.sample_grid.selected or 0

    def action_select(self, where: str) -> None:
        """Move the selection; the first key only shows it."""
        grid, shown = self.sample_grid.grid, self.sample_grid.count if self._zoomed else self.sample_grid.shown
        if not shown:
            return
        columns = grid.columns if grid else 1
        step = {"left": -1, "right": 1, "up": -columns, "down": columns}[where]
        target = self._index + step if self.sample_grid.selected is not None else 0
        if 0 <= target < shown:
            self.sample_grid.select(target)
            if self._zoomed:
                self._redraw()

    def on_sample_grid_picked(self, message: SampleGrid.Picked) -> None:
        """A click selects, a second one enlarges."""
        self.sample_grid.select(message.index)
        if message.again:
            self.action_enlarge()

    def action_enlarge(self) -> None:
        """Show the selected sample large, its nearest training image beside it; once more: of the sample as it is now."""
        if not self.sample_grid.count or self._about.picture:
            return
        self.sample_grid.select(min(self._index, self.sample_grid.count - 1))
        self._zoom(True)
        if self._snapshot is not None and self._about_newest:
            try:
                if self._neighbours.ask(self._snapshot.preview.step):
                    self.post_message(Say(COMMANDS["neighbours"].doing + self.glyphs.ellipsis, Role.ACCENT))
            except UserError as refused:
                self.post_message(Say(str(refused), Role.ERROR))
        self._redraw()

    def action_walk(self) -> None:
        """Through the latents, on a screen of its own."""
        self.post_message(WalkAsked(self.sample_grid.art.mode))

    def _zoom(self, on: bool) -> None:
        self.set_class(on, ZOOMED)

    @property
    def _about_newest(self) -> bool:
        """Are the newest samples shown? Neighbours are known of those only."""
        snapshot = self._snapshot
        return snapshot is not None and self._epoch is None and live(snapshot, self._source).images is snapshot.preview.images

    def _show_detail(self) -> None:
        """The sample, and beside it what is known of its nearest training image."""
        snapshot = self._snapshot
        if snapshot is None:
            return
        number, pair = self._index, self._neighbours.pair
        name = sample_name(self._run, number)
        if not self._about_newest:
            name = "training image" if self._epoch is None and self._source == "real" else name
            sides = alone(self.sample_grid.images, number, self.sample_grid.scores, name, self.glyphs)
        elif self._neighbours.asked or pair is None or number >= pair.neighbours.count:
            sides = waiting(snapshot, number, name, self._neighbours.why_none, self.glyphs)
        else:
            sides = beside_neighbour(snapshot, pair, number, name, self.glyphs)
        self.detail.show(*sides)

    def back(self) -> bool:
        """Out of the large view, then no selection, then to the newest samples."""
        if self._zoomed:
            self._zoom(False)
            self._neighbours.forget()
            self._version = -1
        elif self.sample_grid.selected is not None:
            self.sample_grid.select(None)
        elif self._epoch is not None:
            self._go(None, None)
        else:
            return False
        self._redraw()
        return True

    def _say(self, words: str) -> None:
        self.post_message(Say(words))
