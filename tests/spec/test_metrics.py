"""What is declared of metrics is what trainers log, and what the documents say."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.metrics.evaluation import Evaluation
from gan_tui.run import directory, events
from gan_tui.run.log import read_all
from gan_tui.spec import aliases
from gan_tui.spec.metrics import (
    CHARTS,
    COMPARED,
    EVALUATION,
    METRICS,
    SPEED,
    SUMMARY,
    TRAINING,
    Metric,
    ideal_of,
    named,
    of_samples,
    trained,
)
from gan_tui.spec.objectives import OBJECTIVES
from tests.spec import docs
from tests.training.fork_server import ForkServer

SMALL = ("train.epochs=1", "train.batch_size=100", "train.threads=1", "model.hidden=8", "samples.count=16", "samples.columns=4")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    made = ForkServer(tmp_path_factory.mktemp("outputs"))
    yield made
    made.close()


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("penalties", [False, True])
def test_a_trainer_logs_what_is_declared_and_nothing_else(server: ForkServer, tmp_path: Path, objective: str, penalties: bool) -> None:
    words = (f"loss.name={objective}", f"loss.r1={float(penalties)}", "evaluation.samples=100", *SMALL)
    settings = config.resolve("classic", [config.parse_assignment(word) for word in words])
    run = directory.create(tmp_path, settings, "tiny")
    trainer = server.start(run)
    assert trainer.wait() == 0, trainer.errors
    logged: dict[str, set[str]] = {"metrics": set(), "evaluation": set()}
    for event in read_all(run.events):
        if isinstance(event, events.Metrics):
            logged["metrics"] |= event.scalars.keys()
        elif isinstance(event, events.Evaluation):
            logged["evaluation"] |= event.scalars.keys()
    wanted = trained(probabilities=OBJECTIVES[objective].probabilities, penalties=penalties)
    assert logged["metrics"] == {metric.name for metric in wanted}
    assert {"fd", "fd_floor", "samples"} <= logged["evaluation"] <= METRICS.keys()
    assert "d_overfitting" in logged["evaluation"]


def test_an_evaluation_measures_what_is_declared() -> None:
    measured = {field.name for field in fields(Evaluation)} - {"shares", "real_shares"}
    elsewhere = {"d_overfitting", "held_out_auc", "c2st_auc", "held_out_l1"}
    assert measured | elsewhere == {metric.name for metric in EVALUATION} | {"samples"}


def test_the_verdict_asks_for_declared_metrics_only() -> None:
    """A name that nobody logs would silence its rule for ever."""
    asked = set()
    for path in (docs.ROOT / "gan_tui" / "health").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("v.means", "v.quality", "scalars"):
                asked |= {part.value for part in [node.slice] if isinstance(part, ast.Constant)}
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("v.has", "v.means.get", "means.get", "scalars.get"):
                asked |= {part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    assert {"fd", "coverage", "d_pair_accuracy", "c2st_auc"} <= asked <= METRICS.keys()


def test_names_and_texts_fit_their_places() -> None:
    names = [metric.name for metric in (*TRAINING, SPEED, *EVALUATION)]
    assert len(set(names)) == len(names)
    for metric in METRICS.values():
        assert len(metric.label) <= 13, metric.name
        assert 0 < len(metric.brief or "?") <= 42, metric.name
        assert metric.meaning, metric.name
        assert not metric.meaning.endswith("."), metric.name
        assert metric.low < metric.high, metric.name
        assert metric.ideal is None or metric.low <= metric.ideal <= metric.high, metric.name
        assert metric.better != "ideal" or metric.ideal is not None, metric.name
    assert {name for chart in CHARTS for name in chart.metrics} | {*SUMMARY, *COMPARED} <= METRICS.keys()


def test_old_names_lead_to_declared_ones() -> None:
    assert set(aliases.METRICS.values()) <= METRICS.keys()
    assert not aliases.METRICS.keys() & METRICS.keys()
    line = b'{"kind":"metrics","scalars":{"auc":0.75,"mine":1},"elapsed":1,"rate":1,"v":1}'
    for version, name in ((b"1", "d_pair_accuracy"), (b"2", "auc")):
        event = events.decode(line.replace(b'"v":1', b'"v":' + version))
        assert isinstance(event, events.Metrics)
        assert event.scalars == {name: 0.75, "mine": 1}, "only logs of before the change have old names"


def test_what_nobody_declared_stands_behind_what_was() -> None:
    assert [metric.name for metric in of_samples(["sharpness", "samples", "kid", "fd"])] == ["fd", "kid", "sharpness"]


@pytest.mark.parametrize(("place", "metrics"), [("metrics while training", TRAINING), ("metrics of samples", EVALUATION)])
def test_the_documents_say_the_same(place: str, metrics: tuple[Metric, ...]) -> None:
    titles = ("name", "on the screen", "what it is", "ideal")
    rows = [(f"`{metric.name}`", metric.label, metric.meaning, "" if metric.ideal is None else f"{metric.ideal:g}") for metric in metrics]
    docs.check("docs/health.md", place, docs.table(titles, rows, numbers=[3]))


def test_what_real_images_score_in_classes_is_known_from_their_shares() -> None:
    modes, classes, fd, coverage = (named(name) for name in ("modes", "classes", "fd", "coverage"))
    assert ideal_of(modes, [0.5, 0.5, 0.0]) == 2
    assert ideal_of(classes, [0.25] * 4) == pytest.approx(4)
    assert 1 < (ideal_of(classes, [0.9, 0.1]) or 0) < 2
    assert [ideal_of(metric, shares) for metric in (modes, classes) for shares in ([], [float("nan")])] == [None] * 4
    assert ideal_of(fd, [0.5, 0.5]) is None
    assert ideal_of(coverage) == coverage.ideal
