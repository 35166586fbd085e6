"""Records the real runs on which the verdict is tested: games that fail in a known way, and some that do not.

    python -m tests.training.record [NAME ...]

Each is trained for some minutes, and its metrics (means of 100 steps) and evaluations go into `recorded/NAME.jsonl`.
"""

import sys
import tempfile
from pathlib import Path

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.run import directory, events
from gan_tui.run.events import AnyEvent, Evaluation, Metrics, Started, from_scalar, to_scalar
from gan_tui.run.log import read_all
from gan_tui.training.main import train

FOLDER = Path(__file__).parent / "recorded"
EVERY = 30
"""Steps whose means make one recorded event."""
GAMES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "classic": ("classic", 30, ()),
    "mlp-r3": ("mlp-r3", 20, ()),
    "d-wins": ("classic", 4, ("optimizer.d_lr=1e-3", "optimizer.g_lr=1e-6")),
    "g-wins": ("classic", 4, ("optimizer.d_lr=1e-7", "optimizer.g_lr=1e-3")),
    "oscillating": ("classic", 8, ("optimizer.d_lr=1e-5", "optimizer.g_lr=1e-3")),
    "diverging": ("classic", 4, ("optimizer.d_lr=0.1", "optimizer.g_lr=0.1")),
    "one-latent": ("mlp-r3", 40, ("model.latent_dim=1",)),
    "small-network": ("mlp-r3", 60, ("model.hidden=24", "ema.half_life=10000")),
}
"""Preset, epochs and settings of each."""


def record(name: str) -> None:
    preset, epochs, assignments = GAMES[name]
    common = ("evaluation.budget=0.4", "evaluation.samples=1000", "checkpoints.every_seconds=0", f"train.epochs={epochs}")
    settings: RunConfig = config.resolve(preset, [config.parse_assignment(text) for text in (*common, *assignments)])
    with tempfile.TemporaryDirectory() as folder:
        run = directory.create(Path(folder), settings, name)
        train(run)
        kept = condense(read_all(run.events))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.jsonl").write_bytes(b"".join(events.encode(event) for event in kept))


def condense(logged: list[AnyEvent]) -> list[AnyEvent]:
    """The start, the evaluations, and the means of EVERY steps or so; times and processes are nobody's business."""
    kept: list[AnyEvent] = []
    window: list[tuple[int, Metrics]] = []
    last = 0
    for event in logged:
        event.t = 0.0
        if isinstance(event, Started):
            event.pids = []
            kept.append(event)
        elif isinstance(event, Evaluation):
            event.scalars = {name: rounded(value) for name, value in event.scalars.items()}
            kept.append(event)
        elif isinstance(event, Metrics):
            window.append((event.step - last, event))
            last = event.step
            if sum(steps for steps, _ in window) >= EVERY:
                kept.append(mean(window))
                window = []
    return kept


def mean(window: list[tuple[int, Metrics]]) -> Metrics:
    total = sum(steps for steps, _ in window)
    names = window[-1][1].scalars
    means = {name: rounded(sum(steps * from_scalar(event.scalars.get(name, 0.0)) for steps, event in window) / total) for name in names}
    newest = window[-1][1]
    return Metrics(t=0.0, step=newest.step, scalars=means, elapsed=round(newest.elapsed, 1), rate=round(newest.rate, 1))


def rounded(value: object) -> events.Scalar:
    return to_scalar(float(f"{from_scalar(value):.4g}"))


if __name__ == "__main__":
    for wanted in sys.argv[1:] or GAMES:
        record(wanted)
