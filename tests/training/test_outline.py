"""Runs that draw pictures from outlines: networks, step, grids, scores, samples, resuming."""

from dataclasses import replace
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import outlines
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.health.diagnosis import Health
from gan_tui.models import networks
from gan_tui.pixel_range import from_uint8
from gan_tui.run import preview
from gan_tui.run.events import Metrics
from gan_tui.style import edges
from gan_tui.training import build, engines, scoring
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.evaluation import EvaluationScheduler
from gan_tui.training.pictures import Pictures
from gan_tui.training.session import Session
from gan_tui.training.step import METRICS
from tests.conftest import SMALL, Cli, events_of
from tests.training.quick import give_few_digits
from tests.training.test_resume import assert_same_state, newest_state

CPU = torch.device("cpu")


def settings(**more: dict[str, object]) -> RunConfig:
    small: dict[str, dict[str, object]] = {
        "model": {"channels": 4},
        "train": {"batch_size": 50},
        "samples": {"count": 6, "columns": 3},
        "evaluation": {"samples": 120},
        "data": {"validation": 1000},
    }
    return config.resolve("outline", [small, more])


@pytest.fixture(scope="module")
def data() -> Dataset:
    with pytest.MonkeyPatch.context() as patch:
        give_few_digits(patch)
        whole = build.load_data(settings(), CPU)
    assert whole.labels is not None
    return replace(whole, images=whole.images[:500], labels=whole.labels[:500])


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 64, 64)])
def test_networks_take_images_of_every_shape(shape: tuple[int, int, int]) -> None:
    model = settings().model
    outlines = torch.randint(0, 2, (2, shape[1] * shape[2]), dtype=torch.uint8) * 255
    drawn = networks.make_generator(model, shape, 0)(torch.zeros(2, 1), outlines)
    assert drawn.shape == (2, shape[0] * shape[1] * shape[2])
    assert drawn.abs().max() <= 1
    assert networks.make_discriminator(model, shape, 0)(drawn, outlines).shape == (2, 1)


def test_a_step_brings_pictures_nearer_to_their_originals(data: Dataset) -> None:
    session = Session(settings(), CPU, data, None, Ranks())
    assert session.engine.name == "eager"
    rows = torch.cat([session.advance() for _ in range(15)])
    assert rows.shape == (15, len(METRICS))
    l1 = rows[:, METRICS.index("l1")]
    assert l1[-3:].mean() < 0.9 * l1[:3].mean()


def test_the_weight_of_l1_changes_while_a_run_trains(data: Dataset) -> None:
    session = Session(settings(), CPU, data, None, Ranks())
    session.change("loss.l1=0")
    before = [weights.clone() for weights in session.gan.generator.parameters()]
    session.advance()
    assert session.gan.l1_weight is not None
    assert session.gan.l1_weight.item() == 0
    other = Session(settings(), CPU, data, None, Ranks())
    other.advance()
    pairs = zip(session.gan.generator.parameters(), other.gan.generator.parameters(), before, strict=True)
    assert any(not torch.equal(mine, its) and not torch.equal(mine, was) for mine, its, was in pairs)


def test_a_picture_stands_between_its_outline_and_its_original(data: Dataset, tmp_path: Path) -> None:
    from gan_tui.run import directory

    session = Session(settings(), CPU, data, None, Ranks())
    run = directory.create(tmp_path, settings(), "drawn")
    Pictures(run, settings()).write_grid(run.samples / "grid.png", session)
    seen = preview.read(run.path)
    assert seen is not None
    assert seen.images is not None
    assert seen.raw is not None
    assert (seen.images.count, seen.images.height, seen.images.width, seen.images.channels) == (6, 28, 84, 1)
    assert len(seen.scores) == 6
    first = numpy.frombuffer(seen.images.image(0), numpy.uint8).reshape(28, 3, 28)
    held_out, lines = data.flat_held_out, data.held_out_labels
    assert lines is not None
    assert (first[:, 0] == lines[0].view(28, 28).numpy()).all()
    assert (first[:, 2] == held_out[0].view(28, 28).numpy()).all()
    with Image.open(run.samples / "grid.png") as grid:
        assert grid.size == (3 * 86 + 2, 2 * 30 + 2)


def test_held_out_outlines_are_what_is_measured(data: Dataset) -> None:
    session = Session(settings(), CPU, data, None, Ranks())
    scalars = EvaluationScheduler(settings(), data).run(session, Health()).scalars
    drawn = scoring.generate(session.sampler, torch.zeros(120, 1), None if data.held_out_labels is None else data.held_out_labels[:120])
    wanted = (drawn - from_uint8(data.flat_held_out[:120])).abs().mean().item()
    assert scalars["held_out_l1"] == pytest.approx(wanted, rel=1e-4)
    assert scalars["fd"] > scalars["fd_floor"]


def test_more_samples_than_held_out_images_are_of_training_outlines(data: Dataset) -> None:
    assert data.held_out_labels is not None
    found = scoring.unseen_labels(settings(), data.labels, data.held_out_labels[:30], 50, torch.Generator().manual_seed(0))
    assert found is not None
    assert torch.equal(found[:30], data.held_out_labels[:30])
    assert found.shape == (50, 784)


@pytest.mark.slow
def test_the_compiled_engine_takes_the_same_steps(data: Dataset) -> None:
    few = replace(data, images=data.images[:100], labels=None if data.labels is None else data.labels[:100])
    rows = []
    for engine in ("eager", "compiled"):
        session = Session(settings(train={"engine": engine}), CPU, few, None, Ranks())
        assert session.engine.name == engine
        rows.append(torch.cat([session.advance() for _ in range(3)]))
    torch.testing.assert_close(*rows, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("engine", ["manual-grad", "graph"])
def test_engines_that_cannot_say_so_in_a_line(engine: str) -> None:
    told = settings(train={"engine": engine})
    with pytest.raises(UserError, match=r"unet|cuda only"):
        engines.choose(told, CPU)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("model", {"conditional": True}, "outlines, and no classes"), ("model", {"family": "mlp"}, "loss.l1 = 10 ")],
)
def test_what_does_not_go_together(key: str, value: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        config.resolve("outline", [{key: value}])


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty pictures of bright blocks on dark ones."""
    folder = tmp_path_factory.mktemp("photos")
    numbers = numpy.random.default_rng(0)
    for number in range(80):
        pixels = numpy.kron(numbers.integers(0, 256, (5, 5, 3), numpy.uint8), numpy.ones((8, 8, 1), numpy.uint8))
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.mark.slow
def test_from_the_command_line(cli: Cli, photos: Path, tmp_path: Path) -> None:
    """Two steps and two more are four, bit for bit; samples are drawn from held-out outlines, and the log has what was measured."""
    common = (
        "--preset",
        "outline",
        "--headless",
        "--dataset",
        f"folder:{photos}",
        "--batch-size",
        "36",
        "--set",
        "model.channels=4",
        *SMALL,
    )
    assert cli(*common, "--epochs", "2", "--name", "whole").returncode == 0
    assert cli(*common, "--epochs", "1", "--name", "halves").returncode == 0
    done = cli("resume", "halves", "--epochs", "2", "--headless")
    assert done.returncode == 0, done.stderr
    assert newest_state(cli.run("halves"))["step"] == 4
    assert_same_state(newest_state(cli.run("halves")), newest_state(cli.run("whole")))
    metrics = events_of(cli.run("whole"), Metrics)
    assert {isinstance(event, Metrics) and "l1" in event.scalars for event in metrics} == {True}
    seen = preview.read(cli.run("whole").path)
    assert seen is not None
    assert seen.images is not None
    assert (seen.images.height, seen.images.width, seen.images.channels) == (32, 96, 3)
    done = cli("sample", "whole", "-n", "12", "-o", str(tmp_path / "x.png"), "--npy", str(tmp_path / "x.npy"))
    assert done.returncode == 0, done.stderr
    assert numpy.load(tmp_path / "x.npy").shape == (12, 32, 32, 3)
    with Image.open(tmp_path / "x.png") as grid:
        assert (grid.width - 2) % 98 == 0
    done = cli("evaluate", "whole", "--samples", "100")
    assert done.returncode == 0, done.stderr
    assert "held_out_l1" in done.stdout
    assert "training images" in done.stdout


def test_outlines_are_made_of_what_the_settings_say(photos: Path) -> None:
    told = [
        build.load_data(
            config.resolve("outline", tables=[{"data": {"dataset": f"folder:{photos}", "outline": how, "validation": 0}}]),
            torch.device("cpu"),
        )
        for how in ("canny", "vgg")
    ]
    assert torch.equal(told[0].images, told[1].images)
    for data, gradients in zip(told, (outlines.brightness, edges.gradients), strict=True):
        assert data.labels is not None
        assert torch.equal(data.labels[:3], outlines.outlines_of(data.images[:3], gradients))
    with pytest.raises(UserError, match=r"data\.outline = vgg is not allowed: only model\.family = unet"):
        config.resolve("classic", tables=[{"data": {"outline": "vgg"}}])
