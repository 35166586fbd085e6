"""The verdict on recorded real runs (see tests/training/record.py), and rule by rule."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gan_tui import config
from gan_tui.health import noise
from gan_tui.health.better_presets import MEASURED
from gan_tui.health.diagnosis import Diagnosis, Health, replay
from gan_tui.health.rules import RULES
from gan_tui.health.statistics import (
    DIAGNOSIS_STEPS,
    HYSTERESIS,
    METRICS_KEPT,
    STEPS_KEPT,
    WINDOW,
    Rates,
    Statistics,
    steps_without_progress,
)
from gan_tui.run.events import Evaluation, Metrics, Started, from_scalar
from gan_tui.run.log import read_all
from gan_tui.run.recollect import recollect

RECORDED = Path(__file__).parents[1] / "training" / "recorded"
HEALTHY = {
    "fd": 5.0,
    "fd_floor": 0.2,
    "coverage": 0.6,
    "classes": 9.9,
    "diversity": 1.0,
    "diversity_min": 0.8,
    "confident": 0.8,
    "copies": 0.01,
}


def verdicts_on(name: str) -> list[tuple[int, Diagnosis]]:
    """Each verdict of a recorded run, with its step."""
    found: list[tuple[int, Diagnosis]] = []
    health, last = Health(), 0
    for event in read_all(RECORDED / f"{name}.jsonl"):
        diagnosis = None
        if isinstance(event, Started):
            health = Health(event.probabilities, critic=event.d_equilibrium == 0)
        elif isinstance(event, Metrics):
            diagnosis = health.take_metrics(
                event.step, event.step - last, {key: from_scalar(value) for key, value in event.scalars.items()}
            )
            last = event.step
        elif isinstance(event, Evaluation):
            diagnosis = health.take_evaluation(event.step, {key: from_scalar(value) for key, value in event.scalars.items()})
        if diagnosis:
            found.append((event.step, diagnosis))
    return found


def assert_names(text: str, *evidence: str) -> None:
    """The numbers, settings and commands that the text gives, in this order; how it puts them is its own affair."""
    place = 0
    for words in evidence:
        assert words in text[place:], (words, text)
        place = text.index(words, place) + len(words)


def rules_on(name: str) -> list[str]:
    """The rules that spoke, in turn, each once for as long as it spoke."""
    rules = [diagnosis.rule for _, diagnosis in verdicts_on(name)]
    return [rule for rule, before in zip(rules, [None, *rules], strict=False) if rule != before]


def test_a_discriminator_that_learns_a_thousand_times_as_fast_has_won() -> None:
    assert rules_on("d-won") == ["d-won"]
    _, last = verdicts_on("d-won")[-1]
    assert last.level == "bad"
    assert "D(x)=1.00, D(G(z))=0.00" in last.text


def test_a_relativistic_discriminator_that_learns_thirty_times_as_fast_is_winning() -> None:
    """G begins with one kind of image, as many do; then it learns, but far behind D."""
    assert rules_on("d-wins") == ["d-wins"]
    step, first = verdicts_on("d-wins")[0]
    assert step < 2 * WINDOW
    assert "pairwise accuracy 100.0%" in first.text


def test_a_generator_beats_a_discriminator_that_hardly_learns() -> None:
    assert rules_on("g-wins") == ["g-wins"]
    step, first = verdicts_on("g-wins")[0]
    assert step < 2 * WINDOW
    assert "pairwise accuracy 0%" in first.text


def test_digits_drawn_from_one_number_have_little_variety_and_reach_a_plateau() -> None:
    """Its own D ranks the averaged G's samples worse than a newly trained one does, and still teaches: it is not saturated."""
    found = verdicts_on("one-latent")
    narrow = [step for step, diagnosis in found if diagnosis.rule == "collapsed-within"]
    assert narrow[0] < 2 * WINDOW
    assert found[-1][1].rule == "plateau"
    assert "d-saturated" not in rules_on("one-latent")


def test_a_discriminator_with_hardly_any_gradient_saturates() -> None:
    """250 times the preset's penalties on it: G catches up with the little that D sees, and FD then rises again."""
    rules = rules_on("d-saturated")
    assert rules[-4:] == ["balanced", "d-saturated", "unknown", "d-saturated"]
    ((step, unknown),) = [found for found in verdicts_on("d-saturated") if found[1].rule == "unknown"]
    assert step == 16_844, "asking a newly trained D took so long that the next evaluation came late"
    assert_names(unknown.text, "11,048", "FD 9.6", "5,796")
    _, last = verdicts_on("d-saturated")[-1]
    assert_names(last.text, "0.47", "1.00", "13.8", "8.1")


def test_a_wide_network_learns_a_few_digits_by_heart() -> None:
    """Thirty digits are unseen: what D makes of them wavers from one evaluation to the next, and the verdict must not."""
    assert rules_on("memorising") == ["balanced", "improving", "memorising"]
    assert {diagnosis.rule for step, diagnosis in verdicts_on("memorising") if step > 3600} == {"memorising"}


def test_a_floor_taken_with_few_images_ends_no_progress() -> None:
    """A hundred of the folder's thousand digits are held back: FD falls below their floor, and goes on falling."""
    newest = read_all(RECORDED / "few-images.jsonl")[-1]
    assert isinstance(newest, Evaluation)
    assert from_scalar(newest.scalars["fd"]) < from_scalar(newest.scalars["fd_floor"])
    assert rules_on("few-images")[-1] == "improving"
    assert "as-good-as-real" not in rules_on("few-images")


def test_a_critic_far_ahead_is_what_is_wanted() -> None:
    """wgan-gp as it should be: d_loss far below zero and rising, every pair ranked rightly, FD falling (Gulrajani et al. 2017)."""
    assert rules_on("critic") == ["early", "improving", "far", "plateau"]
    assert set(rules_on("critic-dcgan")) == {"early", "collapsed"}, "its samples come out of one blob in five epochs"
    for name in ("critic", "critic-dcgan"):
        metrics = [event for event in read_all(RECORDED / f"{name}.jsonl") if isinstance(event, Metrics)]
        assert from_scalar(metrics[-1].scalars["d_pair_accuracy"]) > 0.99
        losses = [from_scalar(event.scalars["d_loss"]) for event in metrics]
        assert min(losses) < 1.5 * losses[-1] < 0, "it rises towards zero as the images become better"


def test_a_critic_that_falls_behind_is_told_to_get_ahead() -> None:
    assert rules_on("critic-behind") == ["g-wins"]
    for _, diagnosis in verdicts_on("critic-behind"):
        assert_names(diagnosis.advice, "train.d_steps", "optimizer.d_lr")


def test_critics_that_go_wrong() -> None:
    """Without a penalty it sees nothing in the end; with one that is ten thousand times too large its gradients are."""
    assert rules_on("critic-unbounded")[-1] == "collapsed"
    assert_names(verdicts_on("critic-unbounded")[-1][1].advice, "loss.gp", "10")
    assert rules_on("critic-flat") == ["diverging"]


def test_noise_after_long_is_called_so_with_its_causes() -> None:
    """G's rate is next to nothing in both; a critic that is far ahead is no cause."""
    (step, first), *_ = [found for found in verdicts_on("critic-alone") if found[1].rule == "noise"]
    assert 3000 <= step < 4000
    assert "early" in rules_on("critic-alone"), "and not before"
    assert_names(first.text, "3,391", "FD 149")
    last = verdicts_on("critic-alone")[-1][1].advice
    assert_names(last, "1. ", "0.1%", "6,683", "optimizer.g_lr", "2. ", "pairwise accuracy 1.00", "g_grad 4.7")
    grey = verdicts_on("grey")[-1][1]
    assert (grey.rule, grey.level) == ("noise", "bad")
    assert_names(grey.advice, "1. ", "pairwise accuracy 1.000", "optimizer.d_lr", "loss.r1", "2. ")
    for name in ("classic", "mlp-r3", "critic", "critic-dcgan", "d-wins", "one-latent", "equilibrium", "few-images"):
        assert "noise" not in rules_on(name), name


def test_the_causes_of_noise_are_ranked_by_what_was_found() -> None:
    blind = noise.causes({"d_pair_accuracy": 0.5, "g_grad": 500.0}, 0.3, 2000, [0.1, 0.9], critic=False)
    assert_names(blind, "1. ", "pairwise accuracy 0.50", "optimizer.d_lr", "train.d_steps", "checked, and not the cause", "30%", "2,000")
    only = noise.causes({}, float("nan"), 0, [], critic=True)
    assert_names(only, "1. the data")
    assert "2. " not in only


def test_what_only_comes_back_from_an_outlier_does_not_improve() -> None:
    assert look(distances=[(1000, 4.0), (2000, 30.0), (3000, 20.0), (4000, 5.0)]) == "worse"
    assert look(distances=[(1000, 30.0), (2000, 20.0), (3000, 5.0)]) == "improving"
    health = Health()
    for step, fd in ((2000, 20.0), (2400, 4.0), (2800, 12.0)):
        health.take_metrics(step, 600, {"d_loss": 0.8, "g_loss": 2.0})
        health.take_evaluation(step, HEALTHY | {"fd": fd})
    assert health.diagnosis is not None
    assert health.diagnosis.rule == "worse"
    assert_names(health.diagnosis.text, "FD 12", "4 at best")


def test_an_evaluation_of_long_ago_says_nothing_of_the_present() -> None:
    """ "early: FD 81, coverage 0.00 - wait" stood over ten readable digits."""
    calm = {"d_loss": 0.8, "g_loss": 2.0, "D(x)": 0.7, "D(G(z))": 0.25, "d_pair_accuracy": 0.9}
    health = Health()
    health.take_metrics(600, 600, calm)
    health.take_evaluation(700, HEALTHY | {"fd": 81.0, "coverage": 0.0})
    assert health.diagnosis is not None
    assert health.diagnosis.rule == "early"
    assert_names(health.diagnosis.text, "FD 81", "coverage 0.0")
    for step in range(800, 1100, 100):
        health.take_metrics(step, 100, calm)
    assert health.diagnosis.rule == "early", "half as many steps again"
    for step in range(1100, 1500, 100):
        health.take_metrics(step, 100, calm)
    assert health.diagnosis.rule == "unknown"
    assert_names(health.diagnosis.text, "step 700", "FD 81")
    health.take_evaluation(1500, HEALTHY)
    assert health.diagnosis.rule == "improving"


def test_a_verdict_that_lasts_is_said_again_with_the_numbers_of_the_present() -> None:
    health, said = Health(), []
    for step in range(100, 6100, 100):
        behind = {"d_loss": 0.7, "g_loss": 0.5, "d_pair_accuracy": 0.4 - step / 50_000}
        if (diagnosis := health.take_metrics(step, 100, behind)) is not None:
            said.append((step, diagnosis.text.partition(" over")[0][-3:]))
    assert said == [(600, "39%"), (1000, "38%"), (1600, "37%"), (2500, "36%"),
                    (3800, "33%"), (5800, "29%")]  # fmt: skip


def test_a_run_without_evaluations_is_not_told_to_wait_for_one() -> None:
    health, said = Health(evaluates=False), []
    for step in range(100, 4100, 100):
        if (diagnosis := health.take_metrics(step, 100, {"d_loss": 0.8, "g_loss": 2.0, "d_pair_accuracy": 0.8})) is not None:
            said.append(step)
            assert_names(diagnosis.text, "evaluation.budget is 0")
            assert_names(diagnosis.advice, "`gan-tui evaluate RUN`")
    assert said == [600, 1000, 1600, 2500, 3800], "before it counts as stale"


def test_a_few_steps_are_called_a_few_and_their_means_accuse_nobody() -> None:
    """`e` at step 32 said "D has won: ... over the last 600 steps"."""
    health = Health()
    health.take_metrics(32, 32, {"d_loss": 0.01, "g_loss": 9.0, "D(x)": 1.0, "D(G(z))": 0.0})
    diagnosis = health.take_evaluation(32, HEALTHY | {"fd": 150.0, "coverage": 0.0})
    assert diagnosis is not None
    assert diagnosis.rule == "early"
    assert "600 steps" not in diagnosis.text
    for step in range(132, 733, 100):
        diagnosis = health.take_metrics(step, 100, {"d_loss": 0.01, "g_loss": 9.0, "D(x)": 1.0, "D(G(z))": 0.0})
    diagnosis = health.take_evaluation(732, HEALTHY)
    assert diagnosis is not None
    assert diagnosis.text.endswith("over the last 600 steps")


def test_a_rate_of_a_tenth_diverges() -> None:
    assert rules_on("diverging") == ["diverging"]


def test_a_generator_a_hundred_times_as_fast_goes_round_in_circles() -> None:
    rules = rules_on("oscillating")
    assert "collapsed" in rules
    assert "oscillating" in rules


def test_a_run_that_begins_at_its_equilibrium_is_as_good_as_real_images_and_then_known_to_be_there() -> None:
    rules = rules_on("equilibrium")
    assert rules == ["early", "balanced", "as-good-as-real", "equilibrium"]
    _, last = verdicts_on("equilibrium")[-1]
    assert (last.level, last.advice.partition(" ")[0]) == ("good", "stop")


def test_what_is_far_from_real_is_no_praise_however_even_the_networks_are() -> None:
    """mlp-r3's first evaluation, 10 seconds after its start: FD 14.6, and most real images have nothing near them."""
    step, first = next(found for found in verdicts_on("mlp-r3") if found[1].rule != "early")
    assert step < 2 * WINDOW
    assert (first.rule, first.level) == ("far", "info")
    assert_names(first.text, "far from real", "FD 14.6", "0.2", "pairwise accuracy 85%")


def test_classic_is_collapsed_in_its_first_epochs_and_then_improves() -> None:
    found = verdicts_on("classic")
    early = {diagnosis.rule for step, diagnosis in found if 1700 < step < 10 * 600}
    assert early == {"collapsed"}
    assert "plateau" not in rules_on("classic"), "it stands still for 20 % of the run, and learns again"


def test_a_slow_run_is_improving_all_the_way_and_says_how_far_it_has_to_go() -> None:
    """Up and down, from FD 25 to 15 in 31 evaluations: the verdict was another one eleven times, and said nothing of whether to wait."""
    late = [diagnosis for step, diagnosis in verdicts_on("classic") if step > 10_000]
    assert len(late) > 25
    (worse,) = {diagnosis.text for diagnosis in late if diagnosis.rule != "improving"}
    assert_names(worse, "worse than before", "FD 25.4", "17.7 at best", "839 steps ago")
    assert {diagnosis.advice for diagnosis in late if diagnosis.rule == "improving"} == {"go on: still far from real images (FD 0.35)"}
    assert_names(next(diagnosis.text for diagnosis in late if "ago" in diagnosis.text), "FD 24.8", "23.2 at best", "75 steps ago")


def test_what_fell_long_ago_does_not_improve() -> None:
    falling = [(1000, 30.0), (2000, 20.0), (3000, 10.0)]
    after = [(3000 + 200 * times, 10.5) for times in range(1, 8)]
    assert look(distances=[*falling, *after[:3]], step=3600) == "improving"
    assert look(distances=[*falling, *after[:3], (3700, 9.9)], step=3700) == "improving"
    assert look(distances=[*falling, *after[:3], (3700, 16.0)], step=3700) == "worse", "it was far lower before"
    assert look(distances=[*falling, *after], step=4400) == "balanced", "a fifth of the run, and not yet a plateau"
    assert look({"coverage": 0.1}, distances=[*falling, *after], step=4400) == "far"


def test_no_run_improves_whose_newest_images_are_clearly_worse_than_its_best() -> None:
    """Once it has said so, a run improves again where FD is within a fifth of its lowest; ups and downs alone are no news."""
    health = Health()
    health.take_metrics(600, 600, {"d_loss": 1.0, "g_loss": 2.0})
    said = []
    for step, fd in ((1000, 20.0), (3000, 12.0), (3100, 14.0), (3200, 15.3), (3300, 16.2), (3400, 14.8), (3500, 14.2)):
        health.take_evaluation(step, HEALTHY | {"fd": fd})
        assert health.diagnosis is not None
        said.append((health.diagnosis.rule, health.diagnosis.level))
    good, worse = ("improving", "good"), ("worse", "info")
    assert said[1:] == [good, good, good, worse, worse, good]
    assert health.diagnosis is not None
    assert "14.2 (12 at best, 500 steps ago)" in health.diagnosis.text


def test_what_is_not_like_real_images_yet_has_its_plateau_later() -> None:
    still = [(600 * epoch, 45.0) for epoch in range(1, 21)]
    fell = [(300, 90.0), *still]
    assert look(distances=[*fell, (20_000, 45.0)], step=20_000) == "plateau"
    unlike: dict[str, Any] = {"quality": {"coverage": 0.02}, "coverages": [0.02] * 20}
    assert look(**unlike, distances=[(step + 9000, fd) for step, fd in still], step=21_000) == "plateau"
    assert look(**unlike, distances=[(step + 15_000, fd) for step, fd in still], step=27_000) == "early"


def test_no_single_reading_of_coverage_ends_a_run_nor_leaves_the_two_sample_test_out() -> None:
    """At 0.051 among readings of 0.045 the same standstill was a plateau, which `--stop plateau` ends: long before its time."""
    health = Health()
    for epoch in range(1, 21):
        health.take_evaluation(15_000 + 600 * epoch, HEALTHY | {"fd": 45.0, "coverage": 0.045})
    outlier = HEALTHY | {"fd": 45.0, "coverage": 0.051}
    assert not health.flattens(27_600, outlier)
    health.take_evaluation(27_600, outlier)
    assert health.reason_to_stop("plateau") is None
    assert_names(health.outlook(), "plateau after 13,800 steps")
    for epoch in range(1, 6):
        step, clear = 27_600 + 600 * epoch, HEALTHY | {"fd": 45.0, "coverage": 0.06}
        expected = health.flattens(step, clear)
        health.take_evaluation(step, clear)
        assert (health.reason_to_stop("plateau") is not None) == expected, "the test is made in the evaluation at which it stands still"
        assert ("two-sample" in health.outlook()) == expected
    assert expected


@pytest.mark.parametrize(
    ("rates", "ends"), [(Rates(1.0, 0.02), False), (Rates(0.5, 0.02), False), (Rates(0.02, 0.02), True), (Rates(), True)]
)
def test_a_plateau_ends_no_run_whose_rates_are_still_to_fall(rates: Rates, ends: bool) -> None:
    health = Health(rates=lambda: rates)
    for step, fd in STILL:
        health.take_evaluation(step, HEALTHY | {"fd": fd})
    assert (health.reason_to_stop("plateau") is not None) is ends


STILL = [(600 * epoch, 6.0) for epoch in range(1, 21)]


def advice_at(fd: float, scalars: dict[str, float] | None = None, **plan: Any) -> Diagnosis:
    """What a run is told whose FD stands still."""
    health = Health(**plan)
    health.take_metrics(600, 600, {"d_loss": 0.8, "g_loss": 2.0, "d_pair_accuracy": 0.9})
    for step, _ in STILL:
        health.take_evaluation(step, HEALTHY | {"fd": fd} | (scalars or {}))
    assert health.diagnosis is not None
    return health.diagnosis


def test_a_plateau_names_no_preset_that_is_not_better() -> None:
    """`conv-small` was told to try `mlp-r3`, at FD 0.5, which that one never reaches."""
    for preset, fd, named in (("conv-small", 0.5, ""), ("conv-small", 3.0, ""), ("classic", 4.1, "mlp-r3"), ("classic", 0.7, "conv-small"),
                              ("mlp-r3", 0.9, "conv-small"), ("mine", 0.6, "conv-small"), ("mine", 6.0, "mlp-r3")):  # fmt: skip
        found = advice_at(fd, preset=preset, on_mnist=True)
        assert found.rule == "plateau"
        assert found.advice.partition("preset ")[2] == named, (preset, fd)
    assert "preset" not in advice_at(3.0, preset="mlp-r3").advice, "on other images FDs do not compare with MNIST's: presets do"
    assert advice_at(3.0, preset="classic").advice.endswith("preset mlp-r3")
    assert "preset" not in advice_at(3.0, preset="mine").advice, "nothing is known of either"
    assert "relativistic" in advice_at(3.0, ours=False).advice, "of another program's run it is a hint in general"


def test_a_plateau_gives_no_cause_that_was_not_tested() -> None:
    assert_names(advice_at(6.0).advice, "cause not tested", "lower the rates")
    assert_names(advice_at(6.0, {"c2st_auc": 0.99, "held_out_auc": 0.9}).advice, "the model is the limit")


def test_what_stands_still_before_its_rates_fall_is_told_to_wait() -> None:
    for fd in (0.3, 6.0):
        assert advice_at(fd, rates=lambda: Rates(0.99, 0.1)).advice == "wait: the rates have not fallen yet"
        assert advice_at(fd, rates=lambda: Rates(0.6, 0.1)).advice == "wait: the rates are at 60% and fall to 10%"
        assert "rates are" not in advice_at(fd, rates=lambda: Rates(0.12, 0.1)).advice


def test_a_plateau_says_by_how_much_fd_has_not_fallen() -> None:
    text = advice_at(6.0).text
    assert_names(text, "FD 6 (real images 0.2)", "not 5% lower in 11,400 steps")
    assert "at best" not in text, "the newest is"


def test_what_improves_near_the_floor_is_improving() -> None:
    """It said "can gain little" and "improving" in turn while FD fell from 0.446 to 0.395."""
    health, said = Health(), []
    health.take_metrics(600, 600, {"d_loss": 1.0, "g_loss": 2.0})
    falling = (0.6, 0.52, 0.48, 0.446, 0.45, 0.42, 0.425, 0.41, 0.415, 0.395, 0.4)
    for place, fd in enumerate((*falling, *[0.39] * 9), 1):
        health.take_evaluation(8000 + 500 * place, HEALTHY | {"fd": fd, "fd_floor": 0.25})
        assert health.diagnosis is not None
        said.append(health.diagnosis.rule)
    assert set(said[1 : len(falling)]) == {"improving"}
    assert sum(before != after for before, after in pairwise(said[1:])) == 1
    assert said[-1] == "as-good-as-real"


def test_the_measured_distances_of_presets_are_those_of_their_own_lines() -> None:
    assert set(MEASURED) == set(config.shipped_presets())
    for name, distance in MEASURED.items():
        numbers = re.findall(r"\d+\.\d+", config.load_preset(name).measured)
        assert distance in [float(number) for number in numbers], name


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("*.jsonl")))
def test_the_verdict_does_not_flicker(name: str) -> None:
    """At most one change of mind in a thousand steps, whatever the run does."""
    found = verdicts_on(name)
    changes = sum(before.rule != after.rule for (_, before), (_, after) in pairwise(found))
    assert changes <= 2 + found[-1][0] / 1000


def look(quality: dict[str, float] | None = None, means: dict[str, float] | None = None, **facts: object) -> str:
    """The first rule that speaks of such statistics."""
    known: dict[str, object] = {"separation_history": [0.4] * 30, "distances": [(1000, 9.0), (2000, 5.0)], "step": 2000}
    whole = {"d_loss": 0.8, "g_loss": 2.0, "D(x)": 0.7, "D(G(z))": 0.25, "d_pair_accuracy": 0.9, "d_grad": 2.0, "g_grad": 0.5} | (
        means or {}
    )
    statistics = Statistics(whole, quality=HEALTHY | (quality or {}), **(known | facts))  # type: ignore[arg-type]
    return next(rule.name for rule in RULES if rule.check(statistics, 0.0))


@pytest.mark.parametrize(("name", "holds", "gone"), [("far", 1.9, 1.6), ("as-good-as-real", 2.1, 2.4)])
def test_twice_the_floor_is_an_edge_that_a_verdict_leaves_later_than_it_came(name: str, holds: float, gone: float) -> None:
    rule = next(rule for rule in RULES if rule.name == name)
    for times, hysteresis, speaks in ((holds, 0.0, False), (holds, HYSTERESIS, True), (gone, HYSTERESIS, False)):
        quality = HEALTHY | {"fd": times * HEALTHY["fd_floor"], "coverage": 0.1}
        known = Statistics({}, [], quality=quality, distances=[(step, quality["fd"]) for step in range(1000, 11_000, 1000)], step=10_000)
        assert (rule.check(known, hysteresis) is not None) is speaks


THREE = {"distances": [(600, 60.0), (1200, 55.0), (1800, 50.0)]}
CRITIC = {"critic": True, "probabilities": False}
UNLIKE = {"fd": 150.0, "coverage": 0.0, "density": 0.0, "classes": 8.0, "diversity": 0.8, "confident": 0.0}
FLAT = {"distances": [(600 * epoch, 6.0) for epoch in range(1, 21)], "step": 12_000}


@pytest.mark.parametrize(
    ("statistics", "expected"),
    [
        ({}, "improving"),
        ({"distances": [(1000, 5.0)]}, "balanced"),
        ({"quality": {"fd": 20.0, "coverage": 0.1}, "distances": [(1000, 20.0)]}, "far"),
        ({"quality": {"fd": 30.0, "coverage": 0.1}, "distances": [(1000, 40.0), (2000, 30.0)]}, "improving"),
        ({"quality": {"fd": 30.0, "coverage": 0.1}, "distances": [(1000, 30.0), (2000, 30.0)]}, "far"),
        ({"quality": {"fd": 0.3, "coverage": 0.1}, "distances": [(1000, 0.3)]}, "balanced"),
        ({"means": {"D(x)": 0.95, "D(G(z))": 0.05}}, "d-wins"),
        ({"means": {"d_pair_accuracy": 0.99}}, "improving"),
        ({"means": {"d_pair_accuracy": 0.99}, "probabilities": False}, "d-wins"),
        ({"means": {"d_pair_accuracy": 0.3}}, "g-wins"),
        ({"means": {"g_loss": 80.0}}, "diverging"),
        ({"means": {"g_grad": 5000.0}, "probabilities": False}, "diverging"),
        ({"quality": {"classes": 2.0, "fd": 50.0}} | THREE, "collapsed"),
        ({"quality": {"diversity": 0.1, "fd": 50.0}} | THREE, "collapsed"),
        ({"quality": {"diversity": 0.1, "fd": 50.0, "coverage": 0.0}, "distances": [(600, 50.0)]}, "early"),
        ({"quality": {"diversity_min": 0.2}}, "collapsed-within"),
        ({"quality": {"copies": 0.4}}, "memorising"),
        ({"quality": {"d_overfitting": 0.8}}, "memorising"),
        ({"quality": {"coverage": 0.02, "confident": 0.1}}, "early"),
        ({"quality": {"fd": 0.3}}, "improving"),
        ({"quality": {"fd": 0.3}, "distances": [(1000 * time, 0.3) for time in range(1, 6)]}, "as-good-as-real"),
        (FLAT, "plateau"),
        (FLAT | {"quality": {"c2st_auc": 0.99, "held_out_auc": 0.95}}, "plateau"),
        (FLAT | {"quality": {"c2st_auc": 0.99, "held_out_auc": 0.6}, "means": {"d_pair_accuracy": 0.6}}, "d-saturated"),
        (FLAT | {"quality": {"c2st_auc": 0.99, "held_out_auc": 0.6}, "means": {"d_pair_accuracy": 0.9}}, "plateau"),
        (FLAT | CRITIC | {"quality": {"c2st_auc": 0.99, "held_out_auc": 0.6}, "means": {"d_pair_accuracy": 0.7}}, "plateau"),
        (FLAT | CRITIC | {"quality": {"c2st_auc": 0.99, "held_out_auc": 0.5}, "means": {"d_pair_accuracy": 0.5}}, "d-saturated"),
        (CRITIC | {"means": {"d_pair_accuracy": 0.999}}, "improving"),
        (CRITIC | {"means": {"d_pair_accuracy": 0.3}}, "g-wins"),
        ({"quality": UNLIKE, "noise_evaluations": 3, "step": 3000}, "noise"),
        ({"quality": UNLIKE, "noise_evaluations": 2, "step": 3000}, "early"),
        ({"quality": UNLIKE, "noise_evaluations": 3, "step": 2900, "distances": [(600, 150.0)]}, "early"),
        (FLAT | {"quality": {"c2st_auc": 0.52, "held_out_auc": 0.5}}, "equilibrium"),
        (FLAT | {"quality": {"c2st_auc": 0.5, "held_out_auc": 0.84}}, "plateau"),
        (FLAT | {"quality": {"c2st_auc": 0.37, "held_out_auc": 0.52}}, "plateau"),
        ({"separation_history": [0.9, 0.1] * 15}, "oscillating"),
        ({"separation_history": [0.5, 0.4] * 15}, "improving"),
        ({"separation_history": [0.9] * 15 + [0.1] * 15}, "improving"),
    ],
)
def test_each_rule(statistics: dict[str, dict[str, float]], expected: str) -> None:
    assert look(**statistics) == expected


def test_what_cannot_be_measured_accuses_nobody() -> None:
    """Random features know no classes; a broken evaluation reads NaN."""
    nothing = dict.fromkeys(HEALTHY, float("nan"))
    assert look(nothing, distances=[]) == "balanced"
    known = {"fd": 5.0, "fd_floor": 0.2, "coverage": 0.6, "copies": 0.01}
    statistics = Statistics({"d_loss": 0.8, "g_loss": 2.0}, [], known, [(1000, 9.0), (2000, 5.0)], 2000)
    assert next(rule.name for rule in RULES if rule.check(statistics, 0.0)) == "improving"
    assert next(rule.name for rule in RULES if rule.check(Statistics({}, [], {}, []), 0.0)) == "early"


def test_progress_is_a_fall_by_five_percent() -> None:
    assert steps_without_progress([]) is None
    falling = [(step, 10.0 * 0.9**step) for step in range(20)]
    assert steps_without_progress(falling) is None
    creeping = [(step, 10.0 * 0.999**step) for step in range(20)]
    assert steps_without_progress(creeping) == 19
    assert steps_without_progress([*falling, *((step, falling[-1][1]) for step in range(20, 40))]) == 20


def test_the_same_weights_evaluated_again_are_no_further_evidence() -> None:
    health = Health()
    for _ in range(5):
        health.take_evaluation(600, HEALTHY | {"fd": 50.0, "d_overfitting": 0.9})
    assert health.distances == [(600, 50.0)]
    assert health.outlook() == "no plateau: FD is at its lowest"
    for step in (1200, 1800):
        assert health.reason_to_stop("plateau") is None
        health.take_evaluation(step, HEALTHY | {"fd": 49.0})
    assert [step for step, _ in health.distances] == [600, 1200, 1800]


def test_one_odd_look_changes_no_mind() -> None:
    health = Health()
    calm = {"d_loss": 0.8, "g_loss": 2.0, "D(x)": 0.7, "D(G(z))": 0.25, "d_pair_accuracy": 0.9}
    for step in range(20, 2 * WINDOW + 1, 20):
        health.take_metrics(step, 20, calm)
    health.take_evaluation(2 * WINDOW, HEALTHY)
    assert health.diagnosis is not None
    before = health.diagnosis.rule
    step = 2 * WINDOW
    for _ in range(DIAGNOSIS_STEPS // 20):
        step += 20
        assert health.take_metrics(step, 20, calm | {"g_loss": 1000.0}) is None
    assert health.diagnosis.rule == before
    while health.diagnosis.rule == before:
        step += 20
        assert step < 4 * WINDOW
        health.take_metrics(step, 20, calm | {"g_loss": 1000.0})
    assert health.diagnosis.rule == "diverging"


@pytest.mark.parametrize("name", ["classic", "mlp-r3", "oscillating", "d-wins", "memorising"])
def test_the_end_of_a_log_says_as_much_of_the_present_as_the_whole(name: str, tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_bytes((RECORDED / f"{name}.jsonl").read_bytes())
    whole, recollected = Health(), Health()
    replay(whole, read_all(log))
    replay(recollected, recollect(log, STEPS_KEPT, METRICS_KEPT))
    assert recollected.diagnosis is not None
    assert whole.diagnosis is not None
    assert recollected.diagnosis.rule == whole.diagnosis.rule
    assert recollected.distances == whole.distances
    assert recollected.outlook() == whole.outlook()


def test_a_resumed_run_goes_on_with_the_verdict_it_had() -> None:
    logged = read_all(RECORDED / "classic.jsonl")
    health = Health()
    replay(health, logged)
    assert health.diagnosis is not None
    assert health.diagnosis.rule == verdicts_on("classic")[-1][1].rule
    assert len(health.distances) == sum(isinstance(event, Evaluation) for event in logged)
