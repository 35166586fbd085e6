"""How far a run is from its equilibrium, as the quality view says it."""

from gan_tui.health.diagnosis import Health
from gan_tui.health.statistics import Standstill, standstill
from gan_tui.run.events import Evaluation, Metrics, from_scalar
from gan_tui.run.log import read_all
from tests.health.test_health import RECORDED


def test_a_standstill_is_counted_from_the_last_real_fall() -> None:
    assert standstill([]) == (0, 0)
    assert standstill([(10, 9.0)]) == Standstill(0, 0)
    assert standstill([(10, 9.0), (20, 5.0), (30, 4.9), (40, 6.0)]) == Standstill(2, 20)


def test_the_outlook_names_what_is_still_missing() -> None:
    health = Health()
    assert health.outlook() == ""
    health.take_evaluation(1000, {"fd": 9.0})
    for step in range(2000, 5000, 1000):
        health.take_evaluation(step, {"fd": 8.9})
    assert health.outlook() == "no plateau yet: FD has not fallen by 5% for 3 evaluations, of 8 that make one"
    health = Health(distances=[(100_000 + step, 5.0) for step in range(9)])
    said = health.outlook()
    assert all(words in said for words in ("step 100,000", "plateau after 20,002 steps", "8 so far")), said
    health = Health(distances=[(600 * epoch, 5.0) for epoch in range(1, 21)])
    health.take_evaluation(12_600, {"fd": 5.0, "c2st_auc": 0.853, "held_out_auc": 0.62})
    said = health.outlook()
    assert all(words in said for words in ("equilibrium", "0.85", "0.62", "0.45 to 0.55")), said
    health.take_evaluation(13_200, {"fd": 5.0, "held_out_auc": 0.62})
    assert health.outlook().endswith("would exceed evaluation.budget")


def test_a_real_run_that_learns_has_no_equilibrium_in_sight() -> None:
    health, last = Health(probabilities=False), 0
    for event in read_all(RECORDED / "mlp-r3.jsonl"):
        if isinstance(event, Metrics):
            health.take_metrics(event.step, event.step - last, {name: from_scalar(value) for name, value in event.scalars.items()})
            last = event.step
        elif isinstance(event, Evaluation):
            health.take_evaluation(event.step, {name: from_scalar(value) for name, value in event.scalars.items()})
            assert health.outlook().startswith("no plateau")
