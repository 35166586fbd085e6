"""Cards about numbers: what is said, where they stand, and that they agree with the verdict's rules."""

import asyncio
import re
from itertools import product
from pathlib import Path

import pytest

from gan_tui.config import CommandConfig
from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.cards import card_of
from gan_tui.dashboard.screens.number_card import NumberCard, spots_on
from gan_tui.health.rules import RULES
from gan_tui.render.glyphs import ASCII, UNICODE
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import LOG_ENTRIES
from gan_tui.spec.healthy import HEALTHY, LOSSES, healthy
from gan_tui.spec.metrics import EVALUATION, METRICS
from gan_tui.spec.objectives import OBJECTIVES, Objective
from gan_tui.spec.tasks import COMMAND
from tests.dashboard.helpers import append, judged, metrics, opened, recorded, resized, run_async, screen_text, started, until
from tests.dashboard.quiet import quiet

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def card_over(app: Dashboard) -> NumberCard:
    """The card that is open."""
    found: object = app.screen
    assert isinstance(found, NumberCard)
    return found


def topic_of(app: Dashboard) -> str:
    """What it is about."""
    card = card_over(app)
    return card._spots[card._at].topic


def is_closed(app: Dashboard) -> bool:
    """Is the run's screen open?"""
    return app.screen is app._screen


def test_every_range_names_metrics_and_rules_that_there_are() -> None:
    rules = {rule.name for rule in RULES if isinstance(rule.advice, str)}
    for name, found in {**HEALTHY, **LOSSES}.items():
        assert name in METRICS
        assert {found.low_rule, found.high_rule} - {""} <= rules
        assert found.low < found.high
        metric = METRICS[name]
        if name in HEALTHY:
            assert metric.ideal is None or found.holds(metric.ideal), "what is aimed at is healthy"
            assert found.rule_at(max(found.low, metric.low)) == found.rule_at(min(found.high, metric.high)) == ""
        measured = metric in EVALUATION  # of these the verdict as a whole speaks
        assert found.low <= metric.low or found.low_rule or measured, "what to do below it is known"
        assert found.high >= metric.high or found.high_rule or measured, "and above it"


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=list(OBJECTIVES))
def test_losses_are_healthy_at_equilibrium_wherever_they_have_a_range(objective: Objective) -> None:
    ranges = [(value, healthy(name, objective)) for name, value in objective.equilibrium.items()]
    assert all(found is None or found.holds(value) for value, found in ranges)
    assert any(found for _, found in ranges) is objective.probabilities
    assert healthy("d_loss", None) is None


@pytest.mark.slow
def test_every_number_has_a_card_that_covers_it_nowhere(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run) as (app, pilot):
            for size, view in product(SIZES, "1346"):
                if view == "1":
                    await resized(app, pilot, *size)
                await pilot.press(view)
                await quiet(app)
                spots = spots_on(app._screen)
                assert spots, "every screen has the time at least"
                if view == "3":
                    assert {"d_loss", "g_loss"} <= {spot.topic for spot in spots}
                await pilot.press("i")
                first = card_over(app)._at
                for spot in spots:
                    card = card_over(app)
                    assert card.region.contains_region(card._box.region)
                    assert not card._box.region.overlaps(card._sign.region), spot
                    await pilot.press("right")
                assert card_over(app)._at == first, "round and round"
                await pilot.press("escape")
                assert is_closed(app)

    run_async(case)


def test_a_card_says_what_it_is_what_the_value_means_and_what_to_do(run: RunDirectory) -> None:
    bad = [metrics(step, d_loss=0.05, g_loss=4.5, dx=0.97, dgz=0.01) for step in range(10, 400, 10)]
    append(run, started(), *bad)

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("i")
            while topic_of(app) != "D(x)":
                await pilot.press("right")
            await until(lambda: "the mean probability that D gives to real images" in " ".join(screen_text(app).split()))
            shown = " ".join(screen_text(app).split())
            assert "0.97: above it" in shown
            assert "0.50 to 0.93" in shown
            assert "lower optimizer.d_lr" in shown

    run_async(case)


def test_the_card_and_the_screen_behind_it_have_one_value(run: RunDirectory) -> None:
    append(run, started(), metrics(10, d_loss=0.5))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            app.set_pace(1e9)
            append(run, metrics(20, d_loss=0.75))
            await until(lambda: app.snapshot is not None and app.snapshot.state.step == 20)
            await pilot.press("i")
            while topic_of(app) != "d_loss":
                await pilot.press("right")
            append(run, metrics(30, d_loss=0.875))
            await until(lambda: app.snapshot is not None and app.snapshot.state.step == 30)
            await pilot.press("right", "left")
            await until(lambda: "0.750: " in screen_text(app))
            assert screen_text(app).count("0.750") == 2
            assert "0.875" not in screen_text(app)

    run_async(case)


def test_a_click_on_a_number_opens_its_card_and_one_beside_it_closes_it(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await quiet(app)
            spot = next(spot for spot in spots_on(app._screen) if spot.topic == "g_loss")
            await pilot.click(offset=(spot.region.x, spot.region.y))
            assert topic_of(app) == "g_loss"
            other = next(spot for spot in spots_on(app._screen) if spot.topic == "elapsed")
            await pilot.click(offset=(other.region.x, other.region.y))
            assert topic_of(app) == "elapsed"
            assert "its value 3m 40s." in " ".join(screen_text(app).split()), "what is no metric has a value too"
            await pilot.click(offset=(0, 39))
            assert is_closed(app)

    run_async(case)


@pytest.mark.parametrize("topic", ["g_loss", "D(x)", "D(G(z))", "fd", "coverage", "elapsed"])
def test_a_click_on_its_name_opens_it_too(run: RunDirectory, topic: str) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await quiet(app)
            spot = next(spot for spot in spots_on(app._screen) if spot.topic == topic)
            left, right = spot.region.x - 2, spot.region.right + 1
            x = right if topic == "D(G(z))" else left  # behind the rope the name comes last
            await pilot.click(offset=(x, spot.region.y))
            assert topic_of(app) == topic

    run_async(case)


@pytest.mark.parametrize("topic", ["d_loss", "fd", "coverage", "epoch"])
def test_a_click_on_its_bar_or_curve_opens_it_too(topic: str, run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(200, 60)) as (app, pilot):
            await quiet(app)
            spot = next(spot for spot in spots_on(app._screen) if spot.topic == topic)
            await pilot.click(offset=(spot.region.right + 2, spot.region.y))
            assert topic_of(app) == topic

    run_async(case)


def test_on_the_rope_and_in_a_chart_each_has_its_own(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await quiet(app)
            left, right = (next(spot.region for spot in spots_on(app._screen) if spot.topic == name) for name in ("D(x)", "D(G(z))"))
            for x, topic in ((left.right + 1, "D(x)"), (right.x - 2, "D(G(z))")):
                await pilot.click(offset=(x, left.y))
                assert topic_of(app) == topic
                await pilot.press("escape")
            chart = app._screen.query_one("#loss-chart")
            lines = screen_text(app).splitlines()
            y = chart.content_region.y
            x = next(x for x in range(chart.region.x, chart.region.right) if 0x2800 < ord(lines[y][x]) < 0x2900)
            await pilot.click(offset=(x, y))
            assert topic_of(app) == "g_loss", "at the top"

    run_async(case)


def test_a_double_click_there_gives_its_panel_the_whole_room_as_it_does_elsewhere(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await quiet(app)
            spot = next(spot for spot in spots_on(app._screen) if spot.topic == "g_loss")
            await pilot.click(offset=(spot.region.right + 2, spot.region.y), times=2)
            await until(lambda: app.screen is app._screen)
            await until(lambda: "whole run" in screen_text(app) and "FD" not in screen_text(app))
            await pilot.press("escape")
            epoch = next(spot for spot in spots_on(app._screen) if spot.topic == "epoch")
            before = screen_text(app)
            await pilot.click(offset=(epoch.region.right + 2, epoch.region.y), times=2)
            await until(lambda: app.screen is app._screen)
            assert screen_text(app) == before, "there is no panel in the header"

    run_async(case)


def test_what_the_card_says_of_a_value_that_is_none_of_a_strange_one_and_of_an_unknown_name(run: RunDirectory) -> None:
    strange = events.Metrics(scalars={"d_loss": "nan", "mine": 3.0}, elapsed=1.0, rate=1.0, step=600)
    append(run, *recorded(3), strange)

    async def case() -> None:
        async with opened(run) as (app, _):
            assert app.snapshot is not None
            cards = {name: card_of(name, app.snapshot, "word", "non-saturating", ASCII) for name in ("d_loss", "mine", "fd", "x")}
            said = {name: dict(card.entries) for name, card in cards.items()}
            assert "not a finite number" in said["d_loss"]["its value"]
            assert "lower both learning rates" in said["d_loss"]["what to do"]
            assert said["mine"]["its value"] == "3.000."
            assert "not known yet" in said["fd"]["its value"]
            assert said["x"]["its value"] == "not known now."

    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_the_card_of_a_scripts_own_number_is_short_and_says_what_is_known(tmp_path: Path, size: tuple[int, int]) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "train.py"), cwd="/"), "theirs")
    append(run, events.Started(device="", device_name="host", epochs=0, steps_per_epoch=0))
    for step in range(1, 40):
        append(run, events.Metrics(step=step, scalars={"loss": 2.0 / step}, elapsed=float(step), rate=1.0))

    async def opened_card() -> str:
        async with opened(run, size=size) as (app, pilot):
            await pilot.press("i")
            await until(lambda: "what it is" in screen_text(app))
            assert not card_over(app)._box.max_scroll_y, "all of it is seen"
            return " ".join(screen_text(app).replace("│", " ").split())

    said = asyncio.run(opened_card())
    assert "what it is a number of another program, as it is printed. its value 0.051. in this run 0.051 to 2.000." in said
    assert "mean" not in said
    append(
        run,
        events.Note(text=COMMAND.thinned, step=39, means=True),
        *(events.Note(text=f"epoch {number}", step=39) for number in range(LOG_ENTRIES)),
    )
    assert "logged one that came several times within 0.1 s, as its mean." in asyncio.run(opened_card())


def test_distances_are_held_against_their_floor(run: RunDirectory) -> None:
    found = [events.Evaluation(scalars={"fd": fd, "fd_floor": 0.5}, network="mnist-cnn-v1", seconds=1.0, step=600) for fd in (9.0, 2.0)]
    append(run, *recorded(3), *found)

    async def case() -> None:
        async with opened(run) as (app, _):
            assert app.snapshot is not None
            said = dict(card_of("fd", app.snapshot, "word", "non-saturating", UNICODE).entries)
            kid = dict(card_of("kid", app.snapshot, "word", "non-saturating", UNICODE).entries)
            assert "ideal 0," in kid["healthy"]
            assert re.findall(r"\d+\.\d+", said["its value"]) == ["2.00", "4.0", "0.50"], "it, how many times its floor, and that"
            assert "lower is better" in said["healthy"]

    run_async(case)


@pytest.mark.parametrize(
    ("name", "value", "advised"), [("fd", 67.0, True), ("fd", 0.9, False), ("coverage", 0.0, True), ("kid", 1.3, True)]
)
def test_of_a_measure_that_is_not_good_the_card_says_what_the_verdict_advises(
    name: str, value: float, advised: bool, run: RunDirectory
) -> None:
    """However patient that is: a distance of hundreds of times its floor had a card without a word on what to do."""
    scalars = {"fd_floor": 0.5, name: value}
    verdict = events.Verdict(rule="early", level="info", text="early: FD 67", advice="wait", step=600)
    append(run, *recorded(3), events.Evaluation(scalars=dict(scalars), network="mnist-cnn-v1", seconds=1.0, step=600), verdict)

    async def case() -> None:
        async with opened(run) as (app, _):
            assert app.snapshot is not None
            said = dict(card_of(name, app.snapshot, "word", "non-saturating", UNICODE).entries)
            assert said.get("what to do", "") == "as the verdict says, to go on: `gan-tui resume word`." * advised

    run_async(case)


def test_a_card_stays_with_its_number_where_the_screen_changes_its_size(run: RunDirectory) -> None:
    """The number stands elsewhere then: its bright copy stayed where it had been, in the middle of an image."""
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(60, 20)) as (app, pilot):
            await pilot.press("i")
            while topic_of(app) != "g_loss":
                await pilot.press("right")
            for size in ((80, 24), (120, 40), (60, 20)):
                await pilot.resize_terminal(*size)

                def in_its_place(size: tuple[int, int] = size) -> bool:
                    card = card_over(app)
                    there = [spot.region for spot in spots_on(app._screen) if spot.topic == "g_loss"]
                    return app.size == size and [card._sign.region] == there

                await until(in_its_place)
                assert topic_of(app) == "g_loss"
            shown = card_over(app)._spots[card_over(app)._at].text
            await until(lambda: screen_text(app).count(f" {shown} ") == 1)

    run_async(case)


def test_a_card_that_is_longer_than_its_room_says_so(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(60, 20)) as (app, pilot):
            await pilot.press("i")
            while topic_of(app) != "d_loss":
                await pilot.press("right")
            await until(lambda: "pgdn: more" in screen_text(app))
            while "pgup: what is above" not in screen_text(app):
                await pilot.press("pagedown")
                await quiet(app)
            assert "healthy" in screen_text(app)
            await pilot.press("pageup", "pageup")
            await until(lambda: "pgdn: more" in screen_text(app))

    run_async(case)


def test_a_number_of_an_evaluation_and_a_mean_over_steps_are_told_apart(run: RunDirectory) -> None:
    """And a number that a script printed is neither."""
    found = events.Evaluation(scalars={"fd": 9.0, "samples": 2000.0}, network="mnist-cnn-v1", seconds=1.0, step=600)
    append(run, started(), metrics(588), found, metrics(600), events.Metrics(scalars={"mine": 3.0}, elapsed=6.0, rate=1.0, step=612))

    async def case() -> None:
        async with opened(run) as (app, _):
            assert app.snapshot is not None
            said = {name: dict(card_of(name, app.snapshot, "word", "non-saturating", ASCII).entries) for name in ("fd", "d_loss", "mine")}
            assert "evaluation, of step 600, from 2,000 samples" in said["fd"]["measured"]
            assert "at step 600, as the mean of the last 12 steps" in said["d_loss"]["measured"]
            assert "measured" not in said["mine"]

    run_async(case)
