"""The view `quality`: golden screens, and what it says where nothing was measured."""

from pathlib import Path

import msgspec
import pytest

from gan_tui import config
from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Say
from gan_tui.dashboard.widgets.charts import ChartArea
from gan_tui.dashboard.widgets.quality_table import QualityTable
from gan_tui.render.glyphs import UNICODE
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import (
    BIRTH,
    HeldRun,
    append,
    judged,
    make_run,
    metrics,
    opened,
    recorded,
    resized,
    run_async,
    run_screen,
    screen_text,
    settle,
    started,
    until,
)


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (40, 12)])
def test_golden_quality(width: int, height: int, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (width, height)) as (app, pilot):
            await pilot.press("4")
            await pilot.pause()
            golden(uncut(app), f"quality-{width}x{height}")

    with HeldRun(run):
        run_async(case)


ADVICE = "give it time if it is early; else try preset mlp-r3, or a lower optimizer.d_lr, or train the generator twice a step"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_the_advice_stands_there_whole_and_the_verdict_once(
    width: int, height: int, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 230)
    text = "D is winning: D(x)=.93 D(G(z))=.05"
    append(run, *judged()[:-1], events.Verdict(rule="d-wins", level="warning", text=text, advice=ADVICE, step=21_600))

    async def case() -> None:
        async with opened(run, size=(width, height)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: f"try: {ADVICE}" in " ".join(screen_text(app).split()))
            shown = " ".join(screen_text(app).split())
            assert "as of step" not in shown, "the line of the evaluation says when"
            assert shown.count(text) == 1
            append(run, events.Verdict(rule="fine", level="good", text="balanced", advice="", step=22_000))
            await until(lambda: "◆ balanced" in screen_text(app))
            assert ADVICE[:20] not in screen_text(app)
            # What the advice took is given back: header, progress, news.
            await until(lambda: "step 21,600" in screen_text(app).splitlines()[4 + (height > 28)])

    with HeldRun(run):
        run_async(case)


def test_a_run_that_has_ended_is_not_told_to_go_on(run: RunDirectory) -> None:
    verdict = events.Verdict(rule="improving", level="good", text="improving: FD 3 → 2", advice="go on", step=21_600)
    append(run, *recorded(3), verdict, events.Finished(outcome="completed", epoch=200, elapsed=100.0, step=120_000))

    async def case() -> None:
        async with opened(run, size=(200, 60)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: f"to go on: `gan-tui resume {run.cli_name} --epochs 400`" in screen_text(app))
            assert "– go on" not in screen_text(app)

    run_async(case)


def test_a_verdict_that_is_too_long_for_the_news_is_whole_below(run: RunDirectory) -> None:
    text = "possible collapse: " + "only some of the kinds are drawn, and these ever more alike, " * 2
    append(run, *recorded(3), events.Verdict(rule="collapse", level="bad", text=text, advice="", step=21_600))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("4")
            await until(lambda: text.strip() in " ".join(screen_text(app).split()))

    run_async(case)


@pytest.mark.usefixtures("stopped_clock")
def test_on_a_small_screen_a_message_keeps_its_last_words(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(40, 12)) as (app, pilot):
            app.post_message(Say("the trainer is busy saving: ask again in a moment"))
            await pilot.pause()
            await until(lambda: "in a moment" in " ".join(screen_text(app).split()))

    run_async(case)


def test_on_a_small_screen_a_long_verdict_stands_once_and_is_cut_at_a_word(run: RunDirectory) -> None:
    """It stood in short above, and once more below, cut in the middle of a word."""
    advice = " ".join(["raise optimizer.d_lr or train.d_steps, or lower loss.r1;"] * 6)
    append(run, *judged(), events.Verdict(t=BIRTH + 230, rule="plateau", level="info", text="plateau: FD 6", advice=advice, step=22_020))

    @run_async
    async def _() -> None:
        async with opened(run, Mode.ATTACH, (40, 12)) as (app, pilot):
            await pilot.press("4")
            for size in ((40, 12), (60, 14), (80, 16)):
                text = await resized(app, pilot, *size)
                assert text.count("plateau") == 1
                said = " ".join(text.partition("plateau")[2].partition("\n step ")[0].replace("…", " …").split())
                assert said.count("raise") > 1
                assert set(said.split()) <= {*advice.split(), ":", "FD", "6", "–", "try:", "…", "loss.r1", "step", "22,020,", "at", "14:17"}


def test_without_an_evaluation_it_says_how_to_get_one(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("4")
            await pilot.pause()
            command = f"`gan-tui evaluate {run.cli_name}` makes one"  # whose path may be longer than a line
            await until(lambda: "".join(command.split()) in "".join(screen_text(app).split()))
            assert "e asks for one" not in screen_text(app), "nobody could answer"
            assert "no verdict" in screen_text(app)
            append(run, events.Evaluation(scalars={"fd": "nan", "fd_floor": 1.7}, network="mnist-cnn-v1", seconds=1.0, step=600))
            await until(lambda: "mnist-cnn-v1" in screen_text(app))
            assert "nan" in screen_text(app)

    async def of_a_live_one() -> None:
        for size in ((80, 24), (40, 12)):
            async with opened(run, Mode.ATTACH, size) as (app, pilot):
                await pilot.press("4")
                await until(lambda: "e asks for one; the first comes by itself" in " ".join(screen_text(app).split()))

    with HeldRun(run):
        run_async(of_a_live_one)
    run_async(case)


@pytest.mark.parametrize(
    ("shares", "real", "expected"),
    [
        ((0.5, 0.5, 0.0), (0.25, 0.5, 0.25), "drawn 0█50% 1▅50% 2▁0%"),
        (tuple([1 / 26] * 26), tuple([1 / 26] * 26), "drawn " + "".join(f"{letter}▅" for letter in "abcdefghijklmnopqrstuvwxyz")),
        ((0.5, 0.5), (1.0,), ""),
        ((1.0, 0.0), (0.0, 0.0), "drawn 0█100% 1▁0%"),
        (tuple([0.01] * 100), tuple([0.01] * 100), ""),
    ],
    ids=["three", "26 letters", "unlike", "nothing real", "too many"],
)
def test_the_classes_that_are_drawn(shares: tuple[float, ...], real: tuple[float, ...], expected: str, tmp_path: Path) -> None:
    letters = {"data": {"dataset": "emnist"}} if len(shares) == 26 else {}
    run = directory.create(tmp_path, config.resolve(tables=[letters]), "classes")
    found = events.Evaluation(scalars={"fd": 3.0}, network="mine", seconds=1.0, step=22_000, shares=shares, real_shares=real)
    append(run, *recorded(3), found)

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "mine" in screen_text(app))
            shown = [line.strip() for line in screen_text(app).splitlines() if "drawn " in line]
            assert shown == ([expected] if expected else [])

    run_async(case)


def test_scalars_that_nobody_knows_have_their_bare_names_and_the_bar_has_the_key(run: RunDirectory) -> None:
    scalars: dict[str, events.Scalar] = {"fd": 3.25, "d_overfitting": 0.53, "c2st_auc": 0.91, "sharpness": 0.125, "samples": 500.0}
    append(run, *recorded(3), events.Evaluation(scalars=scalars, network="mine", seconds=1.0, step=22_000))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (120, 40)) as (app, pilot):
            assert "e evaluate" not in screen_text(app)
            await pilot.press("4")
            await until(lambda: "━ FD" in screen_text(app))
            lines = screen_text(app).splitlines()
            assert "e evaluate" in lines[-1]
            for name, value in (("D overfitting", "0.53"), ("C2ST AUC", "0.91"), ("sharpness", "0.125")):
                assert any(line.split(name)[1].strip().startswith(value) for line in lines if name in line), name
            assert not any(line.strip().startswith("samples ") for line in lines)

    with HeldRun(run):
        run_async(case)


def test_a_click_on_a_chart_reads_it_and_esc_ends_that(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "┈ real images" in screen_text(app))
            await pilot.click("#quality-charts", offset=(30, 6))
            await until(lambda: "the whole run" not in screen_text(app))
            assert app.query_one("#quality-charts", ChartArea).board.pointed is not None
            await pilot.press("escape")
            await until(lambda: "the whole run" in screen_text(app))
            await pilot.press("escape")
            await until(lambda: run_screen(app).view.TITLE == "overview")

    run_async(case)


def test_each_measure_has_its_course_and_its_best_value_stands_out(run: RunDirectory) -> None:
    found = [(100, 40.0), (500, 10.0), (1_000, 20.0)]
    measured = [
        events.Evaluation(scalars={"fd": fd, "fd_floor": 1.5, "coverage": 0.4}, network="mnist-cnn-v1", seconds=1.0, step=step)
        for step, fd in found
    ]
    append(run, *recorded(3)[:1], *measured, metrics(2_000))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "floor 1.50" in screen_text(app))
            table = app.query_one(QualityTable)
            course = [segment for segment in table._strips[0] if set(segment.text.strip()) & set(UNICODE.spark)]
            bars = [segment for segment in course if segment.text.strip()]
            first, held, lowest, *_ = bars
            assert lowest.text == UNICODE.low_spark[0], "the lowest FD, in its own colour"
            assert len({first.style, held.style, lowest.style}) == 3
            assert first.text == UNICODE.low_spark[-1]
            assert sum(segment.style in (first.style, lowest.style) for segment in bars) == 3, "one bright cell a measurement"

    run_async(case)


def test_what_has_no_room_in_the_table_is_counted(run: RunDirectory) -> None:
    scalars: dict[str, events.Scalar] = {f"mine-{number}": 1.0 for number in range(40)}
    append(run, *recorded(3), events.Evaluation(scalars=scalars, network="mine", seconds=1.0, step=600))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "more: a higher screen shows them" in screen_text(app))
            shown = sum(line.strip().startswith("mine-") for line in screen_text(app).splitlines())
            assert f"{40 - shown} more" in screen_text(app)

    run_async(case)


def test_that_there_is_no_verdict_yet_is_said_once(run: RunDirectory) -> None:
    append(run, started())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("4")
            await settle(app)
            assert screen_text(app).count("no verdict yet") == 1

    with HeldRun(run):
        run_async(case)


def test_an_alarm_is_not_contradicted(run: RunDirectory) -> None:
    """That FD is at its lowest is no comfort where the run memorises its images, and no news of a run that has ended."""
    append(run, *judged(), events.Verdict(rule="improving", level="good", text="improving", advice="go on", step=21_600))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("4")
            await pilot.pause()
            assert "no plateau" in screen_text(app)
            append(run, events.Verdict(rule="memorising", level="bad", text="memorising", advice="stop", step=21_600))
            await settle(app)
            assert "memorising" in screen_text(app)
            assert "no plateau" not in screen_text(app)
            append(run, events.Verdict(rule="as-good-as-real", level="good", text="near the FD floor", advice="", step=22_000))
            await settle(app)
            assert "no plateau" in screen_text(app)
            append(run, events.Finished(t=BIRTH + 225, outcome="completed", epoch=36, elapsed=220.0, step=22_020))
            await settle(app)
            assert "near the FD floor" in screen_text(app)
            assert "no plateau" not in screen_text(app)

    with HeldRun(run):
        run_async(case)


OUTLOOK = "FD has stopped improving; no two-sample test: training a new D would exceed evaluation.budget"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 20)])
def test_why_there_is_no_two_sample_test_is_not_cut(width: int, height: int, run: RunDirectory) -> None:
    said = [msgspec.structs.replace(event, outlook=OUTLOOK) if isinstance(event, events.Evaluation) else event for event in judged()[:-1]]
    append(run, *said, events.Verdict(t=BIRTH + 218, rule="plateau", level="info", text="plateau", advice="wait", step=21_600))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (width, height)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "two-sample" in screen_text(app))
            await settle(app)
            assert OUTLOOK in " ".join(screen_text(app).split())

    with HeldRun(run):
        run_async(case)


def test_a_long_verdict_stands_above_its_view_once_and_uncut(run: RunDirectory) -> None:
    text = "plateau: FD 17.1 (16.4 at best, real images 0.35), not 5% lower in 4,800 steps; a newly trained D has an AUC of 0.97"
    advice = "the model is the limit: lower the rates, or try preset mlp-r3"
    append(run, *judged(), events.Verdict(t=BIRTH + 218, rule="plateau", level="info", text=text, advice=advice, step=21_600))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "AUC of 0.97" in screen_text(app))
            await settle(app)
            assert screen_text(app).count("plateau: ") == 1
            assert "mlp-r3" in screen_text(app)
            await pilot.press("1")
            await until(lambda: "AUC of 0.97" not in screen_text(app))

    run_async(case)
