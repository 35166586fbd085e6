"""The verdict keeps its line, its advice and its age, whatever happens, in every size."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.geometry import Size

from gan_tui import config
from gan_tui.cli import cli
from gan_tui.dashboard import timing
from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.messages import LogEntry
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.sample_choice import neighbour
from gan_tui.dashboard.summary import summary_lines
from gan_tui.dashboard.system_feed import SystemFeed
from gan_tui.dashboard.verdicts import advice_of
from gan_tui.dashboard.views.samples import SamplesView
from gan_tui.dashboard.widgets.news import News
from gan_tui.health.rules import RULES
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.styles import Role
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent
from gan_tui.run.launch import Mode
from gan_tui.run.mailbox import receive
from gan_tui.run.summary import summarise
from gan_tui.spec.states import Outcome
from tests.dashboard.fake_numbers import grid_png
from tests.dashboard.helpers import (
    BIRTH,
    HeldRun,
    append,
    change_preview,
    judged,
    metrics,
    opened,
    put_checkpoint,
    recorded,
    resized,
    run_async,
    run_screen,
    screen_text,
    settle,
    show_preview,
    started,
    until,
)

TEXT = "plateau: FD has not fallen by 5% for 12,300 steps: 8.1 at best, 13.8 now (real images: 0.2); a fresh D tells 99% of the pairs apart"
ADVICE = "not the epochs, the model is the limit: lower the rates, or train a better one: preset mlp-r3"
SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def plateau(t: float = BIRTH + 217, step: int = 21_600) -> events.Verdict:
    return events.Verdict(t=t, rule="plateau", level="info", text=TEXT, advice=ADVICE, step=step)


def message(t: float) -> AnyEvent:
    """What another terminal did."""
    return events.Answer(t=t, id="x", command="set", ok=True, text="learning rate of D is 0.0001 from step 22020 on", step=22_020)


@pytest.mark.slow
def test_messages_of_other_terminals_never_replace_the_verdict(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [BIRTH + 230.0]
    monkeypatch.setattr(timing, "now", lambda: moment[0])
    monkeypatch.setattr(SystemFeed, "ask", lambda *_: None)
    append(run, *judged()[:-1], plateau(), message(BIRTH + 229))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            for fresh in (True, False):
                for width, height in [*SIZES, (40, 12), (80, 17), (100, 12)]:
                    lines = (await resized(app, pilot, width, height)).splitlines()
                    first = next(number for number, line in enumerate(lines) if "◆ plateau" in line)
                    shown = " ".join(" ".join(lines[first : first + 3]).split())
                    assert ADVICE[:9] in shown, "its advice"
                    if height >= 18:
                        assert ("learning rate of D is 0.0001" in shown) == (fresh or height >= 60)
                moment[0] += 20
                append(run, metrics(24_900))
                await settle(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_the_verdict_shows_when_its_numbers_were_taken_and_when_that_is_too_long_ago(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [BIRTH + 230.0]
    monkeypatch.setattr(timing, "now", lambda: moment[0])
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            for size in SIZES:
                assert "step 21,600, 10 s ago" in (text := await resized(app, pilot, *size))
                assert "stale" not in text
            moment[0] = BIRTH + 330
            append(run, metrics(32_400))
            await settle(app)
            for size in SIZES:
                assert "stale" not in await resized(app, pilot, *size), "half as many steps again are just fresh enough"
            append(run, metrics(32_401))
            await settle(app)
            for size in SIZES:
                assert "stale: step 21,600, 110 s ago" in (await resized(app, pilot, *size)).replace("1 min ago", "110 s ago")
            await pilot.press("4")
            for size in SIZES:
                assert "stale: step 21,600 (epoch 36)" in await resized(app, pilot, *size)
            await pilot.press("1")
            moment[0] = BIRTH - 3600
            append(run, metrics(32_402))
            await settle(app)
            for size in SIZES:
                assert "stale: step 21,600, at 14:1" in await resized(app, pilot, *size)

    with HeldRun(run):
        run_async(case)


def test_nothing_is_stale_that_was_just_now(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first seconds of a fast run: its first verdict is of step 600, and it is at step 2,000 already."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 8)
    verdict = events.Verdict(t=BIRTH + 6, rule="early", level="info", text="no evaluation yet", advice="wait", step=600)
    append(run, started(), events.Phase(t=BIRTH, name="training"), metrics(600), verdict, metrics(2000))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (120, 40)) as (app, _):
            assert "step 600, just now" in screen_text(app)
            assert "stale" not in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_an_answer_is_read_after_the_clock_was_set_back(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was logged before lies in the future then: it hid all answers to keys for an hour, and counted as new as long."""
    now = BIRTH + 230
    monkeypatch.setattr(timing, "now", lambda: now)
    append(run, *judged(), events.Note(t=now + 3600, text="said before", step=22_020))
    follower = RunFollower(run)
    while follower.look():
        pass
    news = News("mine", UNICODE)
    snapshot = follower.snapshot()._replace(trouble=None)

    def drawn(lines: int) -> str:
        return "".join(part for line in news.draw(Size(120, lines)) for part, _ in line)

    news.show(snapshot, None)
    assert "said before" in drawn(3)
    assert "said before" not in drawn(2), "it is not new"
    news.show(snapshot, LogEntry(now, "saving"))
    assert "saving" in drawn(2)
    append(run, events.Note(t=now + 1, text="saved by then", step=22_020))
    follower.look()
    news.show(follower.snapshot()._replace(trouble=None), news._messages.notice)
    assert "saved by then" in drawn(2)


def test_at_the_beginning_the_hint_stays_until_something_matters_more(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the data are, and how many threads there are to begin with, is noted right after it, and can wait."""
    moment = [BIRTH + 4.0]
    monkeypatch.setattr(timing, "now", lambda: moment[0])
    hint, trouble = "good digits in a minute: `gan-tui --preset conv-small`", "roll-backs have begun"
    begun = (events.Hint(t=BIRTH, text=hint), started(), events.Note(t=BIRTH + 1, text="data: mnist"), metrics(9))
    append(run, *begun, events.Samples(t=BIRTH + 2, path="samples/fake_images-step-000000009.png", epoch=0, real=False, step=9))
    follower, news = RunFollower(run), News("mine", UNICODE)

    def drawn() -> str:
        while follower.look():
            pass
        news.show(follower.snapshot()._replace(trouble=None), None)
        return "".join(part for line in news.draw(Size(80, 2)) for part, _ in line)

    for seconds in (4, 29):
        moment[0] = BIRTH + seconds
        assert hint in drawn()
    append(run, events.Note(t=BIRTH + 29, text=trouble, step=9))
    assert trouble in drawn()
    moment[0] = BIRTH + 40
    assert hint not in drawn()


def test_beside_a_message_the_verdict_of_a_run_that_is_over_is_whole(run: RunDirectory) -> None:
    text = "improving: FD 16.3 → 0.675 in 6 evaluations, D pairwise accuracy 0.64"
    verdict = events.Verdict(t=BIRTH + 221, rule="improving", level="good", text=text, advice="go on", step=22_000)
    append(run, *recorded(3), verdict, events.Finished(t=BIRTH + 222, outcome="completed", epoch=36, elapsed=220.0, step=22_020))

    follower = RunFollower(run)
    while follower.look():
        pass
    news = News("mine", UNICODE)
    news.show(follower.snapshot(), LogEntry(timing.now(), "read only", Role.WARNING))
    lines = ["".join(part for part, _ in line) for line in news.draw(Size(80, 2))]
    assert lines[0].startswith(f"◆ {text}")
    assert "read only" in lines[1]
    news.show(follower.snapshot(), None)
    lines = ["".join(part for part, _ in line) for line in news.draw(Size(80, 2))]
    assert lines[0].startswith(f"◆ {text}")
    assert "`gan-tui resume mine --epochs 400`" in lines[1]


@pytest.mark.parametrize(
    ("outcome", "command", "advice"),
    [
        ("completed", "gan-tui resume first --epochs 400", "go on"),
        ("completed", "gan-tui resume first --epochs 400", "wait"),
        ("completed", "gan-tui resume first --epochs 400", "go on: still far from real images (FD 0.2)"),
        ("stopped", "gan-tui resume first", "wait"),
        ("failed", "gan-tui resume first", "go on"),
    ],
)
def test_a_run_that_has_ended_is_told_how_to_go_on(outcome: Outcome, command: str, advice: str, run: RunDirectory) -> None:
    verdict = events.Verdict(t=BIRTH + 221, rule="improving", level="good", text="improving: FD 3 → 2", advice=advice, step=22_000)
    append(run, *recorded(3), verdict, events.Finished(t=BIRTH + 222, outcome=outcome, epoch=36, elapsed=220.0, step=22_020))
    last = run.cli_name.rsplit("/", 1)[-1].strip("'")
    assert last == "first"

    async def case() -> None:
        async with opened(run, size=(200, 60)) as (app, pilot):
            text = screen_text(app)
            assert f"`{command.replace('first', run.cli_name)}`" in text
            assert f"– {advice}" not in text
            assert "at 14:17" in text, "a time of day, which stands still"
            await pilot.press("s")
            how = "the run failed" if outcome == "failed" else f"the run is {outcome}"
            await until(lambda: f"read only, and {how}" in screen_text(app))
            assert "gan-tui attach" not in screen_text(app), "which would refuse it"
            await pilot.press("space")
            await until(lambda: f"{how}: `{command.replace('first', run.cli_name)}`" in screen_text(app))

    run_async(case)
    follower = RunFollower(run)
    while follower.look():
        pass
    left = summary_lines(run, follower.snapshot(), UNICODE)
    assert f"continue  {command.replace('first', run.cli_name)}" in left
    assert "          step 22,000, at 14:17" in left


def test_a_trial_that_its_search_has_ended_says_why_and_not_how_to_go_on(run: RunDirectory) -> None:
    why = "ended by the sweep at 33 %: fd 48.85 is not among the best 1 in 3"
    stopped = events.Finished(t=BIRTH + 223, step=22_020, outcome="stopped", epoch=36, elapsed=220.0)
    append(run, *recorded(3), stopped, events.EndedEarly(t=BIRTH + 224, step=22_020, text=why))
    summary = summarise(run)
    assert (summary.state, summary.verdict, summary.level) == ("ended early", why, "info")
    follower = RunFollower(run)
    while follower.look():
        pass
    left = summary_lines(run, follower.snapshot(), UNICODE)
    assert f"{run.name}: ended early" in left
    assert f"verdict   {why}" in left
    assert not any("resume" in line for line in left)

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            assert why in screen_text(app)
            assert "ended early" in screen_text(app)
            assert "to go on" not in screen_text(app)

    run_async(case)


def test_a_run_that_diverged_is_told_to_go_on_with_a_lower_rate(run: RunDirectory) -> None:
    """With the same rates it would diverge again."""
    error = f"d_grad became inf: `gan-tui resume {run.cli_name} --lr 0.00033` goes on from there with a lower rate"
    verdict = events.Verdict(t=BIRTH + 221, rule="improving", level="good", text="improving: FD 3 → 2", advice="go on", step=22_000)
    failed = events.Finished(t=BIRTH + 222, outcome="failed", epoch=36, elapsed=220.0, step=22_020)
    append(run, *recorded(3), verdict, events.Error(t=BIRTH + 222, step=22_020, text=error, diverged=True), failed)
    follower = RunFollower(run)
    while follower.look():
        pass
    snapshot = follower.snapshot()
    assert "`gan-tui resume first --lr 0.00033`" in advice_of(snapshot, "first")
    left = summary_lines(run, snapshot, UNICODE)
    assert f"continue  gan-tui resume {run.cli_name} --lr 0.00033" in left
    assert "verdict   diverged: d_grad became inf" in left, "and not what was said before"

    def refused(*words: str) -> str:
        return str(CliRunner().invoke(cli, [*words, "--runs-dir", str(run.path.parent)], standalone_mode=False).exception)

    (run.checkpoints / "step-000022000.pt").unlink()
    assert "resume" not in refused("control", run.name, "pause"), "its checkpoints are gone"
    put_checkpoint(run, 22_000)
    for command in (("control", run.name, "pause"), ("attach", run.name)):
        assert f"`gan-tui resume {run.cli_name} --lr 0.00033` goes on" in refused(*command), "as the screen says it"

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            assert "✗ d_grad became inf" in screen_text(app)
            for view in ("1", "4"):
                await pilot.press(view)
                await settle(app)
                assert "improving" not in screen_text(app)
            assert "diverged: d_grad became inf" in screen_text(app)

    run_async(case)


def test_advice_that_was_followed_is_not_given_again(run: RunDirectory) -> None:
    verdict = events.Verdict(t=BIRTH + 221, rule="equilibrium", level="good", text="equilibrium", advice="stop here: neither can improve")
    append(run, *recorded(3), verdict, events.Finished(t=BIRTH + 222, outcome="stopped", epoch=36, elapsed=220.0, step=22_020))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            assert "equilibrium – neither can improve" in screen_text(app)

    run_async(case)


def test_watching_a_run_that_is_alive_names_attach(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.WATCH, (200, 60)) as (app, pilot):
            await pilot.press("s")
            await until(lambda: f"read only: `gan-tui attach {run.cli_name}` takes commands" in screen_text(app))

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_the_title_of_the_samples_says_of_when_they_are(run: RunDirectory) -> None:
    """The header runs ahead of them: they are drawn at their own pace."""
    append(run, *recorded(3))
    show_preview(run)
    change_preview(run, step=21_599)

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (80, 24)) as (app, pilot):
            assert "epoch  37/200" in screen_text(app)
            assert "samples · epoch 36 · step 21,599" in screen_text(app)
            await pilot.press("2")
            await until(lambda: "samples · epoch 36 · step 21,599 · raw" in screen_text(app))
            change_preview(run, step=22_020)
            await until(lambda: "samples · epoch 37 · step 22,020 · raw" in screen_text(app))

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize(
    ("epoch", "place", "earlier", "later"),
    [(None, None, 2, None), (1, None, None, 0), (20, None, 0, 1), (10, 0, None, 1), (30, 1, 0, 2), (30, 2, 1, None), (40, None, 2, None)],
)
def test_bookmarks_before_and_after_what_is_shown(epoch: int | None, place: int | None, earlier: int | None, later: int | None) -> None:
    assert neighbour([10, 30, 30], epoch, place, later=False) == earlier
    assert neighbour([10, 30, 30], epoch, place, later=True) == later


def test_from_the_first_epoch_a_brace_leads_to_the_only_bookmark(run: RunDirectory) -> None:
    """It led to the newest samples."""
    append(run, *recorded(3))
    for epoch in (1, 10, 20):
        path = f"samples/fake_images-{epoch:04}.png"
        (run.path / path).write_bytes(grid_png(bytes([epoch * 5]) * 78_400, 100, 28))
        append(run, events.Samples(t=BIRTH + epoch, path=path, epoch=epoch, step=epoch * 600))
    append(run, events.Bookmark(t=BIRTH + 225, text="first fours", step=5_900))
    show_preview(run)

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("2", "home")
            await pilot.pause()
            view = run_screen(app).view
            assert isinstance(view, SamplesView)
            await until(lambda: "epoch 1 of 20" in screen_text(app))
            await pilot.press("right_curly_bracket")
            await until(lambda: "epoch 10 of 20" in screen_text(app))
            await pilot.press("left_curly_bracket")
            await until(lambda: "there is no bookmark before this one" in screen_text(app))
            assert "epoch 10 of 20" in screen_text(app)
            await pilot.press("right_curly_bracket")
            await until(lambda: "end: " not in screen_text(app))

    run_async(case)


def test_the_system_is_read_once_of_a_run_that_has_ended(run: RunDirectory) -> None:
    append(run, *recorded(3), events.Finished(outcome="completed", epoch=200, elapsed=100.0, step=120_000))

    async def case() -> None:
        async with opened(run, size=(120, 48)) as (app, pilot):
            await pilot.press("5")
            await until(lambda: "disk" in screen_text(app) and "not read yet" not in screen_text(app))

    run_async(case)


def test_e_is_answered_with_what_was_found(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 229.0)
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("e")
            await until(lambda: any(run.control.iterdir()))
            (command,) = receive(run.control)
            found = "step 22,020: FD 4.61 (the lowest so far), coverage 0.42"
            append(run, events.Answer(id=command.id, command="evaluate", ok=True, text=found, step=22_020))
            await until(lambda: found in screen_text(app))
            assert "◆ D is winning" in screen_text(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize("loss", ["wasserstein", "hinge"])
def test_the_list_of_runs_says_of_when_its_verdicts_are(loss: str, tmp_path: Path) -> None:
    run = directory.create(tmp_path / "runs", config.resolve(tables=[{"loss": {"name": loss}}]), "listed")
    append(run, started(), metrics(600), events.Verdict(t=BIRTH, rule="early", level="info", text="early: FD 81", advice="wait", step=600))
    append(run, metrics(900))
    from gan_tui.dashboard.run_row import Row
    from gan_tui.dashboard.widgets.run_facts import RunFacts

    for last, words in ((900, "early: FD 81 (step 600)"), (901, "early: FD 81 (step 600, stale)")):
        append(run, metrics(last))
        row = Row(run)
        row.reading = row.read()
        facts = RunFacts(UNICODE)
        facts._row = row
        assert words in "\n".join("".join(part for part, _ in line) for line in facts.draw(Size(60, 30)))


def test_a_stall_is_said_below_the_verdict(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 260.0)
    append(run, *judged())

    async def case() -> None:
        for width, height in SIZES:
            async with opened(run, Mode.ATTACH, (width, height)) as (app, _):
                shown = screen_text(app)
                assert "◆ D is winning" in shown
                assert " 30 s " in shown

    with HeldRun(run):
        run_async(case)


def test_a_run_without_evaluations_names_the_command_that_measures_it(run: RunDirectory) -> None:
    advice = "`gan-tui evaluate RUN` measures a checkpoint"
    append(run, *recorded(3), events.Verdict(t=BIRTH, rule="early", level="info", text="evaluation.budget is 0", advice=advice, step=600))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (200, 60)) as (app, _):
            assert f"`gan-tui evaluate {run.cli_name}`" in screen_text(app)

    with HeldRun(run):
        run_async(case)


ADVICES = [
    "lower optimizer.d_lr, or add R1: loss.r1",
    "D is the limit, not the epochs: raise optimizer.d_lr or train.d_steps, or lower loss.r1",
    "stop; look at real_images.png and at the notes on the data in the log, and start anew with other images",
]


@pytest.mark.slow
def test_no_advice_is_cut_and_its_age_stands_there(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 230)
    text = "D is winning: D(x)=.93 D(G(z))=.05 for 2,400 steps"
    append(run, *judged()[:-1])

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            for advice in ADVICES:
                append(run, events.Verdict(t=BIRTH + 217, rule="d-wins", level="warning", text=text, advice=advice, step=21_600))
                await settle(app)
                for size in [(60, 20), (80, 24), (120, 40)]:
                    lines = (await resized(app, pilot, *size)).splitlines()
                    first = next(number for number, line in enumerate(lines) if line.startswith(" ◆"))
                    shown = " ".join(" ".join(lines[first : first + 3]).split())
                    assert advice in shown.replace(" step 21,600, 10 s ago", "")
                    assert text in shown
                    assert "step 21,600, 10 s ago" in shown or len(f"{text} {advice}") > 150, "three lines are full, and it is fresh"

    with HeldRun(run):
        run_async(case)


def test_no_advice_is_cut_beside_what_has_just_happened(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "near the FD floor – stop here where that is good enough: more epochs can ga…" while a checkpoint's line stood below."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 230)
    append(run, *judged()[:-1])
    short = "stop where that is good enough; otherwise go on for as long as it has time"

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (80, 24)) as (app, _):
            for advice in (*ADVICES, short, "the critic is the limit: raise train.d_steps (5 is usual), and keep loss.gp at 10"):
                text = "near the FD floor: FD 0.446, real images 0.25, and what else there is to say of it in a line"
                said = events.Verdict(t=BIRTH + 217, rule="x", level="good", text=text, advice=advice, step=21_600)
                append(run, said, message(BIRTH + 229))
                await settle(app)
                shown = " ".join(screen_text(app).split())
                assert advice in shown
                assert "learning rate of D is 0.0001" in shown

    with HeldRun(run):
        run_async(case)


WORDS = {
    "g-wins": "G is winning: D pairwise accuracy 41% over the last 600 steps, worse than chance: G learns nothing from D",
    "oscillating": "oscillating: D(x) - D(G(z)) swung 4 times between 0.12 and 0.93 in 2,000 steps",
    "memorising": "memorising: 14% of the samples are copies of training images (1 % is normal)",
    "collapsed-within": "collapse within a class: its diversity is 31% of that of real images",
    "d-won": "D has won: D(x)=0.99, D(G(z))=0.01 over the last 200 steps",
    "early": "early: FD 76.3, coverage 0.00: the images are not like real ones yet",
    "improving": "improving: FD 46.3 → 18.2 in 5 evaluations, D(x)=0.73 D(G(z))=0.28 over 600 steps",
    "worse": "worse than before: FD 8.19 (6.05 at best, 1,450 steps ago), D(x)=0.71 D(G(z))=0.30 over 600 steps",
    "far": "far from real: FD 14.4 (12.9 at best, real images 0.2), D(x)=0.71 D(G(z))=0.30 over 600 steps",
}


@pytest.mark.slow
def test_text_and_advice_are_whole_at_60x20(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 230)
    append(run, *judged()[:-1])
    rules = [rule for rule in RULES if rule.name in WORDS]
    assert len(rules) == len(WORDS)

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (60, 20)) as (app, pilot):
            for rule in rules:
                advice = rule.advice if isinstance(rule.advice, str) else "wait"
                text = WORDS[rule.name]
                append(run, events.Verdict(t=BIRTH + 217, rule=rule.name, level=rule.level, text=text, advice=advice, step=21_600))
                for key in ("1", "4"):
                    await pilot.press(key)
                    await settle(app)
                    lines = screen_text(app).splitlines()
                    first = next(number for number, line in enumerate(lines) if line.startswith(" ◆"))
                    shown = " ".join(" ".join(lines[first : first + 4]).replace("try: ", "").replace("–", " ").split())
                    shown = shown.replace("step 21,600, 10 s ago ", "")
                    assert f"{text} {advice}" in shown

    with HeldRun(run):
        run_async(case)


CRAMPED = {
    "oscillating": "oscillating – bring the two rates closer together, lower both, or add…",
    "d-won": "D has won – begin again with a lower optimizer.d_lr or with R1…",
    "memorising": "memorising – stop at best.pt, train on more images, or raise loss.r1",
}


def test_where_there_is_no_room_the_evidence_goes_first_and_advice_is_cut_at_a_word(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 230)
    append(run, *judged()[:-1])

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (40, 12)) as (app, _):
            for rule in RULES:
                if (shown := CRAMPED.get(rule.name)) and isinstance(rule.advice, str):
                    text = WORDS[rule.name]
                    append(run, events.Verdict(t=BIRTH + 217, rule=rule.name, level=rule.level, text=text, advice=rule.advice, step=21_600))
                    await settle(app)
                    assert f"◆ {shown}" in " ".join(screen_text(app).split())

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24)])
def test_the_command_that_goes_on_stands_in_one_line_to_be_copied(
    width: int, height: int, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "20261126-101010-mnist-classic"
    monkeypatch.setenv(directory.RUNS_VARIABLE, str(run.path.parent))
    run = directory.create(run.path.parent, config.resolve(), name)
    verdict = events.Verdict(t=BIRTH + 221, rule="improving", level="good", text="improving: FD 3 → 2", advice="go on", step=22_000)
    append(run, *recorded(3), verdict, events.Finished(t=BIRTH + 222, outcome="stopped", epoch=36, elapsed=220.0, step=22_020))

    async def case() -> None:
        async with opened(run, size=(width, height)) as (app, _):
            await settle(app)
            assert any(f"`gan-tui resume {name}`" in line for line in screen_text(app).splitlines())

    run_async(case)


@pytest.mark.usefixtures("stopped_clock")
def test_a_verdict_never_stands_without_the_numbers_that_it_rests_on(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict is drawn at once, and numbers by a clock, which stands still here."""
    append(run, *(event for event in judged() if not isinstance(event, events.Evaluation)))

    async def case() -> None:
        monkeypatch.setattr(Dashboard, "_tick", lambda _: None)
        async with opened(run) as (app, _):
            assert "not measured yet" in screen_text(app)
            measured = [event for event in judged() if isinstance(event, events.Evaluation)][-1]
            append(run, measured, plateau())
            await until(lambda: TEXT[:20] in screen_text(app))
            assert "not measured yet" not in screen_text(app)
            assert "FD        32.94" in screen_text(app)

    with HeldRun(run):
        run_async(case)
