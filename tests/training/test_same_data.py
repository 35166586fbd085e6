"""A run goes on with the data that it was trained on; a refusal leaves it as it was; data without content has its verdict."""

import re
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import EventWriter, read_all
from gan_tui.run.summary import look_at, summarise
from gan_tui.training.final_evaluation import evaluate
from gan_tui.training.main import train
from tests.conftest import events_of
from tests.data.test_image_folder import fill

SMALL = {
    "model": {"hidden": 16},
    "samples": {"count": 16, "columns": 4},
    "train": {"epochs": 1, "batch_size": 20, "threads": 1, "device": "cpu"},
    "evaluation": {"budget": 0},
}


def begin(folder: Path, images: Path, **more: dict[str, object]) -> RunDirectory:
    settings = config.resolve(tables=[SMALL, {"data": {"dataset": f"folder:{images}"}}, more])
    run = directory.create(folder / "runs", settings, "first")
    assert train(run) == 0
    return run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """60 of them."""
    fill(tmp_path / "photos", 60)
    return tmp_path / "photos"


@pytest.fixture
def trained(tmp_path: Path, photos: Path) -> RunDirectory:
    """A completed run of 60 images, one epoch of three steps."""
    return begin(tmp_path, photos)


def repaint(path: Path) -> None:
    Image.new("RGB", (40, 30), (77, 128, 255)).save(path)


def notes_of(run: RunDirectory) -> list[str]:
    return [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]


def assert_refused(run: RunDirectory, epochs: int, status: int, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The run, and all that belongs to it, is what it was before."""
    before = summarise(run)
    kept = {path: path.read_bytes() for path in (run.config_file, *run.checkpoints.iterdir(), *run.samples.iterdir())}
    capfd.readouterr()
    assert train(run, [f"train.epochs={epochs}"]) == status
    said = capfd.readouterr().err
    assert len(said.splitlines()) == 1
    assert words in said
    assert summarise(run)._replace(seen=before.seen) == before, "but for when it was last heard of"
    assert before.state == "completed"
    message = look_at(run).message
    assert message is not None
    assert f"gan-tui: {message[1]}\n" == said, "whoever attaches reads why"
    assert {path: path.read_bytes() for path in kept} == kept


def test_other_content_other_names_and_other_numbers_are_refused(
    trained: RunDirectory, photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    others = f"the images of folder:{photos} are not those that the run was trained on (their names, sizes or contents are others): "
    first = photos / "a" / "000.png"
    own = first.read_bytes()
    repaint(first)
    assert_refused(trained, 2, 2, others, capfd)
    assert_refused(trained, 2, 2, f"gan-tui resume {trained.cli_name} --epochs 2 --data-changed ok`", capfd)
    first.write_bytes(own)
    first.rename(photos / "a" / "other.png")
    assert_refused(trained, 2, 2, others, capfd)
    (photos / "a" / "other.png").rename(first)
    fill(photos, 100)
    assert_refused(
        trained, 2, 2, f"was trained on 54 images, and folder:{photos} has 90 now (100 with those held back): put them back, ", capfd
    )
    for number in range(60, 100):
        for path in photos.rglob(f"{number:03}.*"):
            path.unlink()
    (photos / "notes.txt").write_text("what is no image does not count")
    assert train(trained, ["train.epochs=2"]) == 0
    assert summarise(trained).step == 6


def test_other_data_is_gone_on_with_where_that_is_said(trained: RunDirectory, photos: Path) -> None:
    repaint(photos / "a" / "000.png")
    assert train(trained, ["train.epochs=2"], data_changed=True) == 0
    said = "; going on with these, as --data-changed ok says: scores before step 3 are of the old ones"
    assert any(note.endswith(said) for note in notes_of(trained))
    assert train(trained, ["train.epochs=3"]) == 0, "what it went on with is its data now"
    assert summarise(trained).step == 9
    fill(photos, 100)
    assert train(trained, ["train.epochs=4"], data_changed=True) == 0
    assert summarise(trained).step == 4 * 5, "an epoch of 90 images has five steps"
    assert summarise(trained).state == "completed"


def test_a_folder_that_has_moved_is_found_where_it_is_now(trained: RunDirectory, photos: Path) -> None:
    moved = photos.rename(photos.with_name("moved"))
    assert train(trained, ["train.epochs=2"]) == 2
    message = look_at(trained).message
    assert message is not None
    assert "--data-dir" in message[1]
    assert train(trained, ["train.epochs=2", f"data.dataset=folder:{moved}"]) == 0
    assert train(trained, ["train.epochs=3"]) == 0, "it stays where it is now"
    repaint(moved / "a" / "000.png")
    assert train(trained, ["train.epochs=4", f"data.dataset=folder:{moved}"]) == 2, "other images are other data, wherever they are"


def test_evaluate_says_that_the_data_is_other(trained: RunDirectory, photos: Path) -> None:
    assert not evaluate(trained, 100, newest=True).other_data
    repaint(photos / "a" / "000.png")
    found = evaluate(trained, 100, newest=True)
    assert (found.other_data, found.trained_on, found.there_now) == (True, 54, 54)


def test_a_checkpoint_of_before_there_were_digests_goes_on(trained: RunDirectory, photos: Path) -> None:
    kept = list(trained.checkpoints.iterdir())
    assert kept
    for path in kept:
        state = torch.load(path, weights_only=True)
        assert state.pop("data").startswith("folder:")
        torch.save(state, path)
    repaint(photos / "a" / "000.png")
    assert train(trained, ["train.epochs=2"]) == 0
    assert summarise(trained).step == 6


def test_a_refusal_for_another_reason_leaves_a_completed_run_completed(trained: RunDirectory, capfd: pytest.CaptureFixture[str]) -> None:
    text = trained.config_file.read_text()
    trained.config_file.write_text(text.replace("latent_dim = 64", "latent_dim = 65"))
    assert_refused(trained, 2, 1, "was trained with model.latent_dim = 64", capfd)
    trained.config_file.write_text(text.replace('device = "cpu"', 'device = "cuda:99"'))
    assert_refused(trained, 2, 2, "device 'cuda:99' is not there", capfd)


def test_a_completed_run_with_a_long_history_of_resumes_stays_completed(
    trained: RunDirectory, photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its last beginning stands in the middle of a log of which only the ends are read."""
    assert train(trained, ["train.epochs=2"]) == 0
    ended = read_all(trained.events)[-1]
    with EventWriter(trained.events) as writer:
        for number in range(2000):
            writer.write(events.Note(step=6, text=f"note {number} " + "x" * 80))
        writer.write(ended)
    repaint(photos / "a" / "000.png")
    assert_refused(trained, 3, 2, "are not those that the run was trained on", capfd)


def test_a_run_that_fails_after_it_has_begun_has_failed(
    trained: RunDirectory, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gan_tui.training.checkpoint.save", full)
    assert train(trained, ["train.epochs=2"]) == 1
    assert f"`gan-tui resume {trained.cli_name}`" in capfd.readouterr().err
    assert summarise(trained).state == "failed"


@pytest.mark.parametrize("name", ["mnist", "stacked-mnist"])
def test_named_sets_are_known_by_their_checksums(name: str) -> None:
    from gan_tui.config import Data
    from gan_tui.data import registry

    assert registry.load(Data(dataset=name)).digest.endswith("MNIST:8b8deff21ab951b7ca7846e29137b76b")


def test_black_images_are_warned_of_before_the_first_step_and_have_a_verdict(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    images = tmp_path / "black"
    images.mkdir()
    for number in range(70):
        Image.new("L", (32, 32), number % 9).save(images / f"{number}.png")
    run = begin(tmp_path, images, evaluation={"budget": 0.5, "samples": 100})
    said = capfd.readouterr().err
    assert re.search(r"^gan-tui: warning: all 63 .*black", said, re.MULTILINE)
    logged = read_all(run.events)
    assert [(event.rule, event.step) for event in logged if isinstance(event, events.Verdict)] == [("data", 0)]
    assert any(isinstance(event, events.Evaluation) for event in logged)
    assert train(run, ["train.epochs=2"]) == 0
    assert [event.rule for event in read_all(run.events) if isinstance(event, events.Verdict)][-1] == "data"
