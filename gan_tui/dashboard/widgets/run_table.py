"""The browser's table: a line a run, in as many columns as there is room for."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.run_columns import BROKEN, GAP, SIGNS, Column, headed, layout, pad, state_of
from gan_tui.dashboard.run_list import RunList
from gan_tui.dashboard.run_row import Row
from gan_tui.dashboard.run_signs import colour_of_run, sign_of_run
from gan_tui.dashboard.widgets.line_widget import CellStyle, Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, fit_both_ends, plain, rows_of

THIS_MACHINE = "here"
"""What is said of runs of this machine where others are shown as well."""
LONGEST_HOST = 16


class RunTable(LineWidget):
    """Scrolls by itself, so that the highlighted row is always to be seen."""

    def __init__(self, runs: RunList, glyphs: Glyphs, *, hosts: bool = False, id: str | None = None) -> None:
        """`hosts`: with a column that says on which machine each is."""
        super().__init__(glyphs, id=id)
        self._runs, self._hosts = runs, hosts
        self._first = 0
        self.empty = ""
        """What to say where there are no rows."""

    @property
    def page(self) -> int:
        """Rows that are seen at once."""
        return max(1, self.size.height - (self.size.height >= 4))

    @property
    def shown(self) -> list[Row]:
        self._scroll()
        return self._runs.rows[self._first : self._first + self.page]

    def row_at(self, line: int) -> int | None:
        """The position of the run in this line."""
        index = self._first + line - (self.size.height >= 4)
        return index if self._first <= index < len(self._runs.rows) else None

    def _scroll(self) -> None:
        position, count = self._runs.position, len(self._runs.rows)
        self._first = max(0, min(max(self._first, position - self.page + 1), position, count - self.page))

    def draw(self, room: Size) -> list[Line]:
        """Titles where there are 4 lines or more, then the runs."""
        width, height = room
        if not self._runs.rows:
            said: list[Line] = [[(row, Role.MUTED)] for row in rows_of(plain(self.empty, self.glyphs), width, height, self.glyphs)]
            return [[] for _ in range((height - len(said)) // 2)] + said
        rows = self.shown
        host = self._host_width(width)
        longest = max(cell_len(plain(_name(row), self.glyphs)) for row in rows)
        name_width, columns = layout(width - host, longest, headed(self._runs.rows, self.glyphs))
        lines: list[Line] = []
        if height >= 4:
            titles = "".join(" " * GAP + pad(column.title, column.width, right=column.right) for column in columns)
            lines.append(
                [(" " * SIGNS + pad("host" if host else "", host) + pad(self._heading(name_width), name_width) + titles, Role.MUTED)]
            )
        return lines + [self._line(row, host, name_width, columns) for row in rows]

    def _heading(self, width: int) -> str:
        """Of the names: which of all they are, where not all are seen: `run 1-5 of 10`."""
        count = len(self._runs.rows)
        seen = f"{self._first + 1}-{self._first + self.page} of {count}"
        return next((words for words in (f"run {seen}", seen) if self.page < count and cell_len(words) <= width), "run")

    def _host_width(self, width: int) -> int:
        """Cells of the column of hosts, its gap included; 0 where there is none."""
        longest = max(cell_len(_host(row)) for row in self._runs.rows)
        return min(longest, LONGEST_HOST, width // 5) + GAP if self._hosts else 0

    def _line(self, row: Row, host: int, name_width: int, columns: list[Column]) -> Line:
        glyphs = self.glyphs
        highlighted = row is self._runs.current
        mark, colour = self._mark(row)
        state, role = state_of(row, 9, glyphs)
        dot = glyphs.cross if state == BROKEN else glyphs.sign_of(row.reading.summary.state if row.reading else "starting", alive=row.alive)
        line: Line = [
            (glyphs.arrow if highlighted else " ", Role.ACCENT),
            (f"{mark} ", colour),
            (f"{dot} ", role),
            (pad(fit(_host(row), max(0, host - GAP), glyphs), host), Role.ACCENT if row.place else Role.MUTED),
            (pad(fit_both_ends(plain(_name(row), glyphs), name_width, glyphs), name_width), Role.STRONG if highlighted else Role.TEXT),
        ]
        for column in columns:
            text, role = column.cell(row, column.width, glyphs)
            line.append((" " * GAP + pad(fit(text, column.width, glyphs), column.width, right=column.right), role))
        return line

    def _mark(self, row: Row) -> tuple[str, CellStyle]:
        """Its sign and colour in a comparison of the marked runs, if it is one."""
        marked = self._runs.marked_rows
        if row not in marked:
            return " ", Role.TEXT
        position = marked.index(row)
        return sign_of_run(position, self.glyphs), colour_of_run(position, self.app.current_theme)


def _host(row: Row) -> str:
    return row.place.host if row.place else THIS_MACHINE


def _name(row: Row) -> str:
    """Without its host, which has a column of its own."""
    return row.place.run if row.place else row.name
