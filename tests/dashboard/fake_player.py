"""A process behind `gan-tui play` without torch, in this process or, as `python -m tests.dashboard.fake_player`, in one of its own."""

import asyncio
import math
import sys
from collections.abc import AsyncIterator

from gan_tui.run.companion import Refused, line_of
from gan_tui.run.playing import DIALOGUE, Begun, Picture, Reply, Trained, Wanted, packed
from gan_tui.spec.objectives import OBJECTIVES


class Player:
    """Trains nothing: generated points turn a little with each update of G, and D's surface rises with each of D."""

    def __init__(self) -> None:
        self.attempt = self.d = self.g = 0

    def answer(self, wanted: Wanted) -> Trained:
        if wanted.attempt != self.attempt:
            self.attempt, self.d, self.g = wanted.attempt, 0, 0
        self.d += wanted.steps * wanted.knobs.d_steps + wanted.halves.count("d")
        self.g += wanted.steps + wanted.halves.count("g")
        scalars: dict[str, float] = {"d_loss": 1.25, "g_loss": 0.75, "d_pair_accuracy": 0.625, "d_grad": 0.5, "g_grad": 0.125}
        if OBJECTIVES[wanted.knobs.loss].probabilities:
            scalars |= {"D(x)": 0.625, "D(G(z))": 0.375}
        picture = self._picture(wanted) if wanted.columns else None
        modes = {"ring": 8, "grid": 25}.get(wanted.data, 0)
        return Trained(self.attempt, wanted.steps, self.d, self.g, {**scalars}, 5 if modes else 0.5, modes, picture)

    def _picture(self, wanted: Wanted) -> Picture:
        turns = [math.tau * index / 8 for index in range(8)]
        real = [(0.7 * math.cos(turn), 0.7 * math.sin(turn)) for turn in turns]
        made = [(0.4 * math.cos(turn + self.g / 20), 0.4 * math.sin(turn + self.g / 20)) for turn in turns]
        surface = bytes(min(255, 255 * column // wanted.columns + self.d) for _ in range(wanted.rows) for column in range(wanted.columns))
        arrows = packed([end for x, y in made for end in ((x, y), (1.5 * x, 1.5 * y))]) if wanted.arrows else b""
        grid = packed([(x / 12 - 1, 0.9) for x in range(25)]) if wanted.grid else b""
        return Picture(wanted.drawn if wanted.data == "drawn" else packed(real), packed(made), surface, arrows, grid)


class FakeCompanion:
    """As `gan_tui.dashboard.companion.Companion`, but it answers in the loop of the app."""

    def __init__(self, refuses: str = "") -> None:
        self.asked: list[Wanted] = []
        self.busy, self.closed = True, False
        self._refuses = refuses
        self._player, self._replies = Player(), asyncio.Queue[Reply]()

    @property
    def last(self) -> Wanted:
        return self.asked[-1]

    def ask(self, wanted: Wanted) -> None:
        assert not self.busy, "what was asked for before would be lost"
        self.asked.append(wanted)
        self.busy = True
        self._replies.put_nowait(self._player.answer(wanted))

    async def replies(self) -> AsyncIterator[Reply]:
        yield Refused(self._refuses) if self._refuses else Begun()
        self.busy = False
        while True:
            reply = await self._replies.get()
            self.busy = False
            yield reply

    def close(self) -> None:
        self.closed = True


def main() -> None:
    say(line_of(Begun()))
    player = Player()
    for line in sys.stdin.buffer:
        say(line_of(player.answer(DIALOGUE.read_wanted(line))))


def say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
