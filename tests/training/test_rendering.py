"""Rendering outlines that a person gives: the command, and the process behind the drawing board."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from gan_tui.data.outlines import outlines_of
from gan_tui.run import directory
from gan_tui.run.companion import Refused, line_of
from gan_tui.run.directory import RunDirectory
from gan_tui.run.drawing import DIALOGUE, Hello, Rendered, Reply, Request
from gan_tui.training import build, checkpoint
from gan_tui.training.checkpoint import Progress
from gan_tui.training.randomness import Randomness
from tests import zygote
from tests.conftest import Cli
from tests.patience import CEILING
from tests.training.test_outline import settings

CPU = torch.device("cpu")


def saved(folder: Path, name: str = "drawn", step: int = 7) -> RunDirectory:
    """A run that draws from outlines, as it begins."""
    run = directory.create(folder, settings(), name)
    save(run, step)
    return run


def save(run: RunDirectory, step: int, scale: float = 1.0) -> None:
    gan = build.make_gan(settings(), CPU)
    with torch.no_grad():
        for weights in (gan.g_ema or gan.generator).parameters():
            weights.mul_(scale)
    checkpoint.save(run, settings(), gan, Randomness(0, CPU).fixed_latents(6, 1), Progress(step=step))


@pytest.fixture
def outline(tmp_path: Path) -> Path:
    pixels = numpy.zeros((28, 28), numpy.uint8)
    pixels[6:22, 8] = pixels[6:22, 19] = pixels[6, 8:20] = pixels[21, 8:20] = 255
    Image.fromarray(pixels).save(tmp_path / "outline.png")
    return tmp_path / "outline.png"


def test_a_file_is_rendered_and_nothing_overwritten(cli: Cli, outline: Path, tmp_path: Path) -> None:
    saved(cli.runs_dir)
    done = cli("render", "drawn", str(outline), "-o", str(tmp_path / "x.png"))
    assert done.returncode == 0, done.stderr
    assert "light lines" in done.stdout
    assert re.search(r": 0\.\d\d\b", done.stdout)
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (28, 28)
    before = (tmp_path / "x.png").read_bytes()
    again = cli("render", "drawn", str(outline), "-o", str(tmp_path / "x.png"))
    assert again.returncode == 2
    assert str(tmp_path / "x.png") in again.stderr
    assert (tmp_path / "x.png").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("drawn", "none.png"), "none.png"),
        (("plain", "outline.png"), "does not draw from outlines: `gan-tui --preset outline`"),
        (("drawn", "outline.png", "--trace", "--lines", "dark"), "--lines"),
        (("drawn", "outline.png", "-o", "x.jpg"), "x.jpg"),
    ],
)
def test_what_cannot_be_rendered_is_said_in_a_line(cli: Cli, outline: Path, arguments: tuple[str, ...], words: str) -> None:
    saved(cli.runs_dir)
    from gan_tui import config

    directory.create(cli.runs_dir, config.resolve(), "plain")
    done = cli("render", *(str(outline.parent / word) if word.endswith("g") and "." in word else word for word in arguments))
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


class Server:
    """The process behind the drawing board."""

    def __init__(self, run: RunDirectory) -> None:
        self.process, self.wanted, self.replies = zygote.start_piped(["gan_tui.training.rendering", str(run.path)], os.environ)

    def send(self, request: Request) -> None:
        self.wanted.write(line_of(request))
        self.wanted.flush()

    def reply(self) -> Reply:
        return DIALOGUE.read_reply(self.replies.readline())

    def close(self) -> None:
        """Its standard input first."""
        self.wanted.close()
        self.replies.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(saved(tmp_path))
    yield found
    found.process.kill()
    found.close()


def test_the_process_answers_follows_the_run_and_ends_with_its_pipe(server: Server, tmp_path: Path) -> None:
    assert server.reply() == Hello(28, 28, 1)
    digit = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    digit[..., 6:22, 10:16] = 255
    wanted = bytes(outlines_of(digit)[0].tolist())
    server.send(Request(1, wanted))
    first = server.reply()
    assert isinstance(first, Rendered)
    assert (first.number, first.step, len(first.pixels)) == (1, 7, 784)
    assert first.score is not None
    assert 0 <= first.score <= 1
    save(RunDirectory(tmp_path / "drawn"), 8, scale=3.0)
    server.send(Request(2, wanted))
    second = server.reply()
    assert isinstance(second, Rendered)
    assert second.step == 8
    assert second.pixels != first.pixels
    server.send(Request(3, wanted[1:]))
    refused = server.reply()
    assert isinstance(refused, Refused)
    assert "28 x 28 pixels" in refused.text
    assert server.process.wait(CEILING) == 1
    other = Server(RunDirectory(tmp_path / "drawn"))
    other.reply()
    other.close()
    assert other.process.wait(CEILING) == 0


def test_a_run_without_anything_saved_is_refused(tmp_path: Path) -> None:
    run = directory.create(tmp_path, settings(), "empty")
    process, wanted, replies = zygote.start_piped(["gan_tui.training.rendering", str(run.path)], os.environ)
    with wanted, replies:
        refused = DIALOGUE.read_reply(replies.read())
    assert isinstance(refused, Refused)
    assert "empty" in refused.text
    assert process.wait() == 1
