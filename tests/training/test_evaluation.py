"""`gan-tui evaluate`, and when a trainer measures by itself."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.health.diagnosis import Health
from gan_tui.training import build
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.evaluation import FIRST_AT_LATEST, FIRST_SECONDS, PAUSE_SECONDS, EvaluationScheduler
from gan_tui.training.logit_histograms import BINS, logit_histograms
from gan_tui.training.session import Session
from gan_tui.training.two_sample_test import c2st_auc
from tests.conftest import SMALL, Cli

CPU = torch.device("cpu")


@pytest.mark.slow
def test_evaluate_measures_the_saved_weights(cli: Cli) -> None:
    assert cli("evaluate", "missing").returncode == 2
    cli.digits = 0
    done = cli("--headless", "--epochs", "1", "--name", "measured", "--batch-size", "3000", *SMALL)
    assert done.returncode == 0, done.stderr
    done = cli("evaluate", "measured", "--samples", "300", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["run"], found["step"], found["network"], found["scalars"]["samples"]) == ("measured", 20, "mnist-cnn-v1", 300)
    assert found["scalars"]["fd"] > 100 * found["scalars"]["fd_floor"] > 0, "twenty steps make no digits"
    again = json.loads(cli("evaluate", "measured", "--samples", "300", "--json").stdout)
    assert again == found, "the same weights have the same score"
    words = cli("evaluate", "measured", "--samples", "300").stdout
    assert "300 samples " in words
    rows = [line.split() for line in words.splitlines()[-3:]]
    assert rows[0] == ["class", *"0123456789"]
    assert sum(map(float, rows[1][2:])) == pytest.approx(100, abs=1)
    assert rows[2][2:4] == ["9.8", "11.4"], "as the classifier reads the test set"
    assert found["shares"][3] * 100 == pytest.approx(float(rows[1][5]), abs=0.05)
    assert "test set" in words
    assert "mnist-cnn-v1" in words


@pytest.mark.slow
def test_evaluate_says_which_checkpoint_it_cannot_read(cli: Cli) -> None:
    settings = ("--set", "checkpoints.every_steps=10", "--name", "torn", "--batch-size", "75")
    done = cli("--headless", "--epochs", "1", *settings, *SMALL)
    assert done.stderr.endswith(f"gan-tui: completed 1 epoch, 20 steps: {cli.run('torn').path}\n")
    newest = cli.run("torn").checkpoints / "step-000000020.pt"
    newest.write_bytes(newest.read_bytes()[:600])
    measured = cli("evaluate", "torn", "--newest", "--samples", "300")
    assert measured.returncode == 0
    assert str(newest) in measured.stderr
    assert len(measured.stderr.splitlines()) == 1
    assert "step-000000010.pt (step 10)" in measured.stdout
    (newest.parent / "best.pt").write_bytes(b"junk")
    refused = cli("evaluate", "torn")
    assert refused.returncode == 2
    assert "best.pt" in refused.stderr
    assert "--newest" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_folder_is_judged_by_what_it_holds_back(cli: Cli, tmp_path: Path) -> None:
    for number in range(80):
        Image.new("L", (32, 32), 3 * number).save(tmp_path / f"{number}.png")
    done = cli("--headless", "--epochs", "1", "--name", "greys", "--dataset", f"folder:{tmp_path}", *SMALL)
    assert done.returncode == 0, done.stderr
    words = cli("evaluate", "greys", "--samples", "200").stdout
    assert re.search(r"\b200 samples .*\b8 images", words)
    assert words.count("8 images") == 2, "and that these are few"


@pytest.mark.slow
def test_evaluate_without_a_checkpoint_is_one_line(cli: Cli) -> None:
    assert cli("--headless", "--epochs", "1", "--name", "bare", "--batch-size", "75", *SMALL).returncode == 0
    for path in cli.run("bare").checkpoints.iterdir():
        path.unlink()
    done = cli("evaluate", "bare")
    assert done.returncode == 2
    assert "no checkpoint" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_evaluations_stay_within_their_budget() -> None:
    settings = config.resolve(tables=[{"evaluation": {"samples": 200}, "model": {"hidden": 16}}])
    whole = build.load_data(settings, CPU)
    data = replace(whole, images=whole.images[:3000], test=whole.test[:1000])
    evaluations = EvaluationScheduler(settings, data)
    assert evaluations.due(trained=FIRST_AT_LATEST, spent=0), "the first one is an advance"
    session = Session(settings, CPU, data, None, Ranks())
    session.progress.elapsed = 100.0
    scalars, seconds, shares, real_shares, logits, layers = evaluations.run(session, Health())
    assert scalars["fd"] > scalars["fd_floor"]
    assert sum(shares) == pytest.approx(1)
    assert min(shares) == 0, "an untrained network draws a blur, and it is not read as every digit"
    assert all(0.08 < share < 0.12 for share in real_shares)
    assert 0.3 < scalars["d_overfitting"] < 0.7, "a D that was never trained knows no image"
    assert logits is not None
    assert (sum(logits.real), sum(logits.generated)) == (1000, 200), "every image is in one part"
    assert [layer.network for layer in layers] == ["G"] * 3 + ["D"] * 3
    assert min(map(len, (logits.real, logits.generated))) == BINS
    assert not evaluations.due(trained=0.999 * seconds / 0.05, spent=seconds), "that much was allowed, and it is spent"
    assert evaluations.due(trained=1000 + PAUSE_SECONDS + 2 * seconds / 0.05, spent=seconds)
    again = evaluations.run(session, Health()).scalars
    assert again == pytest.approx(scalars), "always of the same latents"
    silent = EvaluationScheduler(config.override(settings, {"evaluation": {"budget": 0}}), data)
    assert not silent.due(trained=1e6, spent=0)


def test_histograms_hold_every_finite_logit_over_the_range_of_most() -> None:
    real, generated = torch.linspace(1, 3, 1000)[:, None], torch.linspace(-3, -1, 500)[:, None]
    found = logit_histograms(torch.cat([real, torch.tensor([[1e30], [float("nan")]])]), generated)
    assert found is not None
    assert -3 <= found.low < -2.9 < 2.9 < found.high < 3.1, "one logit out of a thousand does not stretch it"
    assert (sum(found.real), sum(found.generated)) == (1001, 500)
    assert sum(found.real[: BINS // 2]) == sum(found.generated[BINS // 2 :]) == 0
    equal = logit_histograms(torch.full((4, 1), 2.0), torch.full((3, 1), 2.0))
    assert equal is not None
    assert equal.sound
    assert sum(equal.real) == 4
    assert logit_histograms(real, torch.full((3, 1), float("inf"))) is None


@pytest.mark.slow
def test_a_run_with_validation_images_is_judged_without_the_test_set() -> None:
    settings = config.resolve(
        tables=[{"data": {"validation": 1000}, "evaluation": {"samples": 200}, "model": {"hidden": 16, "conditional": True}}]
    )
    whole = build.load_data(settings, CPU)
    assert whole.validation is not None
    assert whole.labels is not None
    assert (len(whole.images), len(whole.validation)) == (59_000, 1000)
    whole = replace(whole, images=whole.images[:5900], labels=whole.labels[:5900])
    spoiled = replace(whole, test=torch.zeros_like(whole.test), test_labels=torch.zeros_like(whole.flat_test[:, 0]))
    scores = []
    for data in (whole, spoiled):
        session = Session(settings, CPU, data, None, Ranks())
        session.progress.elapsed = 100.0
        assert (len(session.images), session.steps_per_epoch) == (5900, 59)
        fresh = c2st_auc(session)
        assert fresh is not None
        scores.append(EvaluationScheduler(settings, data).run(session, Health()).scalars | {"c2st_auc": fresh})
        assert c2st_auc(session, seconds=1e-6) is None, "it foresees that it would take longer"
        assert c2st_auc(session, stopping=lambda: True) is None
    assert scores[0] == scores[1], "whatever the test set holds"
    assert scores[0]["c2st_auc"] > 0.99, "anybody can tell what an untrained network draws"
    other = replace(whole, validation=whole.test[:1000])
    other_scores = EvaluationScheduler(settings, other).run(Session(settings, CPU, other, None, Ranks()), Health()).scalars
    assert other_scores["fd"] != scores[0]["fd"], "it is the validation images that judge"


def test_the_first_evaluation_waits_until_there_is_something_to_see() -> None:
    """That all samples turn dark, or into one blob, is nothing to see; that they differ from each other as digits do is."""
    settings = config.resolve(tables=[{"evaluation": {"samples": 200}, "model": {"hidden": 16}}])
    whole = build.load_data(settings, CPU)
    data = replace(whole, images=whole.images[:3000], test=whole.test[:1000])
    evaluations, session = EvaluationScheduler(settings, data), Session(settings, CPU, data, None, Ranks())
    *_, last = (module for module in session.gan.generator.modules() if isinstance(module, torch.nn.Linear))
    evaluations.watch(session, 0.0)
    with torch.no_grad():
        last.bias.add_(3.0)
    evaluations.watch(session, 2.0)
    assert not evaluations.due(FIRST_SECONDS + 1, 0.0, 600.0), "they only turned white"
    with torch.no_grad():
        last.bias.sub_(3.0)
        last.weight.mul_(100.0)
    assert evaluations.watch(session, 2.5) == 0.0, "not so often"
    evaluations.watch(session, 100.0)
    assert not evaluations.due(FIRST_SECONDS - 1, 0.0, 600.0)
    assert evaluations.due(FIRST_SECONDS, 0.0, 600.0)
    resumed = EvaluationScheduler(settings, data)
    resumed.watch(session, 300.0)
    assert resumed.due(300.0, 0.0, 600.0), "a run that goes on has moved before"
