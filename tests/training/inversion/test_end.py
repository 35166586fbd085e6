"""The end of a search in latents: what is left when it is killed there, and what it leaves for people and scripts."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_tui.config import InversionConfig, InversionPictures
from gan_tui.config import inversion as sections
from gan_tui.inversion import references
from gan_tui.inversion.search import Search
from gan_tui.inversion.views import Whole
from gan_tui.run import directory
from gan_tui.run.events import Note
from gan_tui.run.images import LARGEST, Images, encode_npy
from gan_tui.run.log import read_all, read_state
from gan_tui.run.preview import read as read_preview
from gan_tui.training.found import Found
from gan_tui.training.inversion import report, sources
from gan_tui.training.inversion.begin import invert
from gan_tui.training.inversion.problem import Problem, evenly
from gan_tui.training.inversion.report import Row
from gan_tui.training.stop import StopRequest
from tests.conftest import Cli
from tests.training.inversion.trained import disc, photos, trained

SHORT = ("--headless", "--steps", "12", "--starts", "4", "--set", "search.pool=32")


@pytest.mark.parametrize("several", [False, True])
def test_killed_at_its_end_it_ends_with_the_same_picture(cli: Cli, tmp_path: Path, several: bool) -> None:
    """Between the last checkpoint and `Finished`: then the pictures are done, and no latents are left."""
    trained(cli.runs_dir, photos(tmp_path / "photos"))
    named = [tmp_path / f"{number}.png" for number in range(70, 73 if several else 71)]
    for number, path in enumerate(named, 70):
        disc(number).save(path)
    target = tmp_path / "out.png"
    output = () if several else ("-o", str(target))
    done = cli("repair", "g", *map(str, named), "--hole", "8,8,12,12", "--name", "it", *output, *SHORT)
    assert done.returncode == 0, done.stderr
    run = cli.run("it")
    wanted, sample = run.picture.read_bytes(), (run.samples / "group-1.png").read_bytes()
    run.picture.unlink()
    target.unlink(missing_ok=True)
    lines = run.events.read_bytes().splitlines(keepends=True)
    assert b"finished" in lines[-1]
    last = max(place for place, line in enumerate(lines) if b'"checkpoint"' in line)
    run.events.write_bytes(b"".join(line for line in lines[: last + 1] if b'"epoch"' not in line[:40]))
    resumed = cli("resume", "it", "--headless")
    assert resumed.returncode == 0, resumed.stderr
    assert read_state(run.events).outcome == "completed"
    assert run.picture.read_bytes() == wanted
    assert (run.samples / "group-1.png").read_bytes() == sample
    assert several or target.read_bytes() == wanted
    preview = read_preview(run.path)
    assert preview is not None
    assert preview.names[0].startswith("the worst: " if several else "repaired")


def test_a_sheet_of_few_goes_from_the_best_to_the_worst_once() -> None:
    assert evenly([5, 6, 7], 16) == [5, 6, 7]
    assert evenly([5], 16) == [5]
    shown = evenly(list(range(100)), 16)
    assert (len(set(shown)), shown[0], shown[-1]) == (16, 0, 99)


def test_an_exact_copy_is_json() -> None:
    seen = torch.zeros(1, 4)
    problem = Problem("project", Whole((1, 2, 2)), seen, seen, seen, {}, ("a",))
    rows = report.table(problem, seen.clone(), "mnist", (1, 2, 2))
    assert rows[0].psnr == references.EXACT
    table = report.as_json([*rows, Row("the original", None, None, 0.9), Row("G", 3.5, 0.5, None)], problem, {"error": torch.zeros(1)})
    found = json.loads(json.dumps(table, allow_nan=False))
    assert [row["psnr"] for row in found["table"]] == [references.EXACT, None, 3.5]
    assert report.conclusion(rows, problem) == (True, "of the whole picture: G is exact (54.2 dB are the most that eight bits can tell)")


def test_as_many_pictures_as_are_written_are_read_again(tmp_path: Path) -> None:
    """5,462 of 64 x 64 in colour are more than a preview may have."""
    images = Images(5_462, 64, 64, 3, bytes(5_462 * 64 * 64 * 3))
    assert len(images.pixels) > LARGEST
    path = tmp_path / "targets.npy"
    path.write_bytes(encode_npy(images))
    assert sources.read_saved(path, (3, 64, 64)) == images
    assert sources.read_saved(path, (1, 28, 28)) is None, "larger than any that this generator is given"


def test_stopped_before_its_first_step_it_leaves_no_picture(cli: Cli, tmp_path: Path) -> None:
    """What it was given is not what it found; and taken up in the middle of a group, what was found so far is."""
    found = trained(cli.runs_dir, photos(tmp_path / "photos"))
    disc(99).save(tmp_path / "it.png")
    pictures = InversionPictures(purpose="repair", generator=str(found.path), files=(str(tmp_path / "it.png"),), holes=((8, 8, 12, 12),))
    theirs = found.config()
    said = sections.Search(steps=40, starts=2, pool=8, threads=1)
    settings = InversionConfig(pictures=pictures, search=said, model=theirs.model, data=theirs.data)
    run = directory.create(cli.runs_dir, settings, "it")

    def leave(step: int) -> None:
        stop, advance = StopRequest(), Search.advance

        def advanced(search: Search) -> None:
            advance(search)
            if search.step == step:
                stop.request("asked to stop")

        if not step:
            stop.request("asked to stop")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Search, "advance", advanced)
            invert(run, stop, Found())

    leave(0)
    assert not run.picture.exists()
    texts = [event.text for event in read_all(run.events) if isinstance(event, Note)]
    assert "stopped before anything was found: there is no picture.png yet" in texts
    leave(5)
    run.picture.unlink()
    leave(0)
    with Image.open(run.picture) as again:
        assert again.convert("L").crop((8, 8, 20, 20)).getextrema() != (128, 128), "no grey hole"
