"""Pictures that a command writes: found, cut into their images, shown."""

import io
import os
import sys
import time
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_tui.command.cells import cut
from gan_tui.command.found_files import MANY_FILES, Scan
from gan_tui.run import preview
from gan_tui.run.events import Note, Samples
from gan_tui.run.log import read_state
from tests.conftest import Cli, events_of


def digits(count: int, channels: int = 1, height: int = 28, width: int = 28) -> torch.Tensor:
    """Bright in the middle, black at the edge, as MNIST is."""
    images = torch.zeros(count, channels, height, width)
    images[:, :, 4:-4, 4:-4] = torch.rand(count, channels, height - 8, width - 8, generator=torch.Generator().manual_seed(1)) * 0.9 + 0.1
    return images


def saved(images: torch.Tensor, kind: str = "png", **options: int) -> Image.Image:
    from torchvision.utils import save_image  # takes a second to import, of every process that collects tests

    file = io.BytesIO()
    save_image(images, file, format=kind, **options)
    return Image.open(file)


@pytest.mark.parametrize(
    ("count", "channels", "side", "options"),
    [
        (100, 1, (28, 28), {}),
        (64, 3, (32, 32), {}),
        (10, 1, (28, 28), {"nrow": 5, "padding": 4}),
        (12, 3, (16, 24), {"nrow": 3}),
        (9, 1, (28, 28), {"nrow": 3, "pad_value": 1}),
        (2, 1, (64, 64), {"padding": 1}),
    ],
)
@pytest.mark.slow
def test_a_grid_is_cut_into_the_images_that_were_saved(count: int, channels: int, side: tuple[int, int], options: dict[str, int]) -> None:
    images = digits(count, channels, *side)
    found = cut(saved(images, "png", **options))
    assert (found.count, found.height, found.width) == (count, *side)
    expected = images.mul(255).add(0.5).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()
    assert found.channels == channels
    assert found.pixels == expected.numpy().tobytes()


def test_sixteen_bits_are_as_bright_as_eight() -> None:
    grey = saved(digits(16)).convert("L")
    file = io.BytesIO()
    Image.frombytes("I;16", grey.size, b"".join(bytes((value, value)) for value in grey.tobytes())).save(file, "PNG")
    deep = Image.open(file)
    assert deep.mode.startswith("I")
    assert cut(deep) == cut(grey)


def test_a_jpeg_is_cut_too() -> None:
    found = cut(saved(digits(16), "jpeg"), exact=False)
    assert (found.count, found.height, found.width, found.channels) == (16, 28, 28, 1)


@pytest.mark.parametrize("size", [(300, 200), (28, 28), (3000, 1000), (9, 1)])
def test_what_is_no_grid_stays_one_picture(size: tuple[int, int]) -> None:
    noise = Image.frombytes("L", size, bytes((x * 7919) % 251 + 1 for x in range(size[0] * size[1])))
    black = Image.new("RGB", size)
    for picture in (noise, black):
        found = cut(picture)
        assert found.count == 1
        assert max(found.width, found.height) <= 1024


def look(scan: Scan) -> list[str]:
    """A whole pass."""
    for _ in range(200):
        if found := scan.look():
            return [path.name for path in found]
    return []


def make(path: Path, age: float = 10.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (time.time() - age,) * 2)


def test_only_what_was_written_since_is_found_and_each_once(tmp_path: Path) -> None:
    make(tmp_path / "old.png", 1000)
    for number in range(3):
        make(tmp_path / "out" / f"{number}.png", 30 - number)
    make(tmp_path / "out" / "notes.txt")
    make(tmp_path / ".hidden" / "x.png")
    make(tmp_path / "runs" / "x.png")
    make(tmp_path / "other-runs" / "theirs" / "run.toml")
    make(tmp_path / "other-runs" / "theirs" / "samples" / "x.png")
    scan = Scan(tmp_path, "", time.time() - 100, tmp_path / "runs" / "mine")
    assert look(scan) == ["0.png", "1.png", "2.png"]
    assert look(scan) == []
    make(tmp_path / "out" / "2.png", 5)
    assert look(scan) == ["2.png"]


def test_a_pattern_says_which(tmp_path: Path) -> None:
    make(tmp_path / "out" / "a.png")
    make(tmp_path / "other" / "b.png")
    assert look(Scan(tmp_path, "out/*.png", 0, tmp_path / "runs" / "mine")) == ["a.png"]


def test_a_file_that_may_still_be_written_waits(tmp_path: Path) -> None:
    make(tmp_path / "a.png", -60)
    scan = Scan(tmp_path, "", 0, tmp_path / "runs" / "mine")
    assert look(scan) == []
    scan.settle()
    make(tmp_path / "a.png", 0.1)
    assert look(scan) == ["a.png"]


def test_a_large_folder_in_which_nothing_changes_is_not_read_again(tmp_path: Path) -> None:
    for number in range(MANY_FILES + 5):
        (tmp_path / f"{number}.jpg").touch()
    os.utime(tmp_path, (time.time() - 60,) * 2)
    scan = Scan(tmp_path, "", time.time() + 1000, tmp_path / "runs" / "mine")
    assert look(scan) == []
    assert scan.entries_of_the_last_pass == 0


SAVES = """
import shutil, sys
for epoch in range(2):
    print('Epoch [%d/%d], Step[600/600], d_loss: 0.5' % (epoch, 2), flush=True)
    if not epoch:
        shutil.copyfile(sys.argv[1], 'real_images.png')
    shutil.copyfile(sys.argv[1], 'fake_images-%d.png' % (epoch + 1))
    open('broken-%d.png' % epoch, 'w').write('no picture')
"""


def test_the_pictures_of_a_script_are_its_samples(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    saved(digits(100)).save(tmp_path / "grid.png")
    (tmp_path / "train.py").write_text(SAVES)
    done = cli("run", "--name", "mine", "--cwd", str(folder), "--", sys.executable, str(tmp_path / "train.py"), str(tmp_path / "grid.png"))
    assert done.returncode == 0, done.stderr
    run = cli.run("mine")
    newest = preview.read(run.path)
    assert newest is not None
    assert newest.images is not None
    assert (newest.epoch, newest.images.count, newest.images.height) == (2, 100, 28)
    written = [event for event in events_of(run, Samples) if isinstance(event, Samples)]
    assert [(event.epoch, event.real) for event in written if not event.real] == [(1, False), (2, False)]
    assert sum(event.real for event in written) == 1
    assert all((run.path / event.path).is_file() for event in written)
    assert read_state(run.events).outcome == "completed"


def test_no_pictures_are_looked_for_where_none_are_wanted(cli: Cli, tmp_path: Path) -> None:
    saved(digits(4)).save(tmp_path / "grid.png")
    (tmp_path / "train.py").write_text(SAVES)
    words = sys.executable, str(tmp_path / "train.py"), str(tmp_path / "grid.png")
    cli("run", "--name", "mine", "--no-pictures", "--cwd", str(tmp_path), "--", *words)
    assert not events_of(cli.run("mine"), Samples)


def test_a_later_start_overwrites_no_sample_of_an_earlier_one(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    saved(digits(4)).save(tmp_path / "grid.png")
    (tmp_path / "train.py").write_text(SAVES)
    words = sys.executable, str(tmp_path / "train.py"), str(tmp_path / "grid.png")
    assert cli("run", "--name", "mine", "--cwd", str(folder), "--", *words).returncode == 0
    samples = cli.run("mine").samples
    first, *rest = sorted(samples.iterdir())
    assert len(rest) == 2
    first.unlink()
    before = {file: (file.stat().st_ino, file.read_bytes()) for file in rest}
    again = cli("resume", "mine", "--resume-args", "again")
    assert again.returncode == 0, again.stderr
    assert {file: (file.stat().st_ino, file.read_bytes()) for file in rest} == before
    assert [file.name[:5] for file in sorted(samples.iterdir())] == ["0002-", "0003-", "0004-", "0005-", "0006-"]


PLOTS = """
import shutil, sys
print('Epoch [0/1], Step[600/600], d_loss: 0.5', flush=True)
for name in sys.argv[3:]:
    shutil.copyfile(sys.argv[1] if 'fake' in name else sys.argv[2], name)
"""


@pytest.mark.parametrize(
    ("pattern", "names", "kept"),
    [
        ((), ["loss_curve.png", "fake-1.png", "figure.png"], ["fake-1"]),
        (("--pictures", "[lf]*.png"), ["loss_curve.png", "fake-1.png"], ["fake-1", "loss-curve"]),
        (("--pictures", "*"), ["loss_curve.png", "fake-1.png"], ["fake-1", "loss-curve"]),
        ((), ["figure.png"], ["figure"]),
    ],
)
def test_a_single_picture_takes_no_place_of_sets(
    cli: Cli, tmp_path: Path, pattern: tuple[str, ...], names: list[str], kept: list[str]
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    saved(digits(64)).save(tmp_path / "grid.png")
    Image.new("L", (640, 480), 255).save(tmp_path / "plot.png")
    (tmp_path / "train.py").write_text(PLOTS)
    words = sys.executable, str(tmp_path / "train.py"), str(tmp_path / "grid.png"), str(tmp_path / "plot.png"), *names
    done = cli("run", "--name", "mine", *pattern, "--cwd", str(folder), "--", *words)
    assert done.returncode == 0, done.stderr
    run = cli.run("mine")
    paths = [event.path for event in events_of(run, Samples) if isinstance(event, Samples)]
    assert sorted(Path(path).stem.partition("-")[2] for path in paths) == kept
    said = [event.text for event in events_of(run, Note) if isinstance(event, Note) and "--pictures" in event.text]
    assert len(said) == (0 if len(kept) == len(names) else 1)


def test_a_pattern_that_no_file_matches_is_said_to_match_none(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('step 1 loss: 0.5')")
    done = cli(
        "run", "--name", "mine", "--pictures", "none/*.png", "--cwd", str(tmp_path), "--", sys.executable, str(tmp_path / "train.py")
    )
    text = f"--pictures 'none/*.png': no PNG, JPEG or .npy file below {tmp_path} that was written since the start matches"
    assert text in done.stderr
    assert text in [event.text for event in events_of(cli.run("mine"), Note) if isinstance(event, Note)]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("torn.png", b"\x89PNG\r\n\x1a\n", "it is no whole PNG, JPEG or .npy file"),
        ("words.npy", b"no array at all", "it is no array"),
    ],
)
def test_a_pattern_that_only_matches_what_is_no_picture_is_said_to(cli: Cli, tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / "train.py").write_text(f"open({name!r}, 'wb').write({content!r})")
    words = sys.executable, str(tmp_path / "train.py")
    done = cli("run", "--name", "mine", "--pictures", "*.*", "--cwd", str(tmp_path), "--", *words)
    text = f"--pictures '*.*': {tmp_path / name} matches and cannot be read: {why}"
    assert text in done.stderr
    assert text in [event.text for event in events_of(cli.run("mine"), Note) if isinstance(event, Note)]
