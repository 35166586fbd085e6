"""When samples are measured: early, often in the beginning, and never beyond the budget of the whole run."""

from itertools import pairwise

import pytest

from gan_tui.run.progress import fresh_until
from gan_tui.training.evaluation import EARLY_SECONDS, EARLY_TIMES, FIRST_AT_LATEST, FIRST_SECONDS, SHORTEST_RUN, Schedule

TICK = 0.1


def simulated(total: float, cost: float, budget: float = 0.05, moved: float = 0.0, prepared: float = 3.0) -> list[float]:
    """The moments of a run of `total` seconds of training, whose samples move after `moved` seconds."""
    schedule, spent, found = Schedule(budget), 0.0, []
    for tick in range(round(total / TICK)):
        trained = tick * TICK
        schedule.moved = trained >= moved
        if schedule.due(trained, spent, total - trained):
            found.append(trained)
            spent += cost + (0.0 if len(found) > 1 else prepared)
            schedule.done(trained, cost)
            allowed = budget * (total + (EARLY_TIMES - 1) * min(total, EARLY_SECONDS))
            assert spent <= max(allowed, cost + prepared) + 1e-9, "never more than the whole run's"
    return found


def test_many_come_in_the_first_minutes() -> None:
    """There were two within the first two minutes, and the first verdict stood for all that time."""
    found = simulated(total=1800, cost=1.3)
    assert found[0] == pytest.approx(FIRST_SECONDS)
    assert sum(moment < 60 for moment in found) >= 6
    assert sum(moment < 120 for moment in found) >= 9
    assert 0.8 * 90 < 1.3 * len(found) < 102, "and the budget is used to the end"


@pytest.mark.parametrize("total", [120, 600, 1800])
def test_early_ones_come_at_about_doubling_steps_on_a_slow_machine_too(total: float) -> None:
    """In a run of two minutes there was one at a tenth of it, and none until its end."""
    first_minutes = [moment for moment in [*simulated(total, 4.0, prepared=4.0), float(total)] if moment < 180]
    assert all(after <= 2.5 * before for before, after in pairwise(first_minutes)), first_minutes
    assert len(first_minutes) >= 4


@pytest.mark.parametrize(("total", "cost"), [(300, 1.3), (600, 1.3), (1800, 0.05), (1800, 10.0), (7200, 5.0)])
def test_evaluations_are_spread_so_that_none_is_stale_for_long(total: float, cost: float) -> None:
    """At a hundred steps a second; what can be afforded reaches to the end of the run."""
    found = simulated(total, cost)
    unknown = 0.0
    for before, after in zip(found, [*found[1:], total], strict=True):
        unknown += max(0.0, after - fresh_until(round(100 * before)) / 100)
    assert unknown < 0.2 * total


def test_the_first_waits_for_the_samples_but_not_for_ever() -> None:
    assert simulated(600, 1.3, moved=30)[0] == pytest.approx(30)
    assert simulated(600, 1.3, moved=1e9)[0] == pytest.approx(FIRST_AT_LATEST)


def test_a_short_run_is_evaluated_early_and_a_very_short_one_at_its_end_only() -> None:
    assert simulated(20, 0.05)[0] == pytest.approx(2.0)
    assert simulated(SHORTEST_RUN - 1, 0.05) == []


def test_without_a_budget_there_are_none_and_after_a_failure_none_for_a_while() -> None:
    assert simulated(600, 1.3, budget=0.0) == []
    schedule = Schedule(0.05)
    schedule.moved = True
    assert schedule.due(60, 0.0, 600)
    schedule.put_off(120)
    assert not schedule.due(119, 0.0, 600)
    assert schedule.due(120, 0.0, 600)


@pytest.mark.parametrize("stopped", [200.0, 900.0, 1500.0])
def test_a_run_that_goes_on_is_measured_at_once(stopped: float) -> None:
    """What was spent in advance had to be earned first: for minutes the verdict was that of before the stop."""
    total, cost, prepared = 1800.0, 1.3, 3.0
    spent = prepared + cost * sum(moment < stopped for moment in simulated(total, cost))
    for again in range(20):
        schedule = Schedule(0.05)
        schedule.moved = True
        assert again or schedule.due(stopped, spent, total - stopped)
        if schedule.due(stopped, spent, total - stopped):
            spent += prepared + cost
    assert spent < 0.05 * (total + (EARLY_TIMES - 1) * EARLY_SECONDS) + prepared + cost, "never much more than the whole run's"


def test_a_share_that_grows_counts_from_then_on() -> None:
    schedule = Schedule(0.05 / 32)
    schedule.change(0.05 / 32, 500)
    schedule.change(0.05, 1000)
    assert schedule.earned(1000) == pytest.approx(1000 * 0.05 / 32), "others have had the rest of it"
    assert schedule.earned(3000) - schedule.earned(1000) == pytest.approx(100)
