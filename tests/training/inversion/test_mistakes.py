"""What `repair`, `sharpen` and `project` refuse: one line each, and no run."""

import os
from collections.abc import Iterator

import pytest
from PIL import Image

from gan_tui.errors import MISTAKEN
from tests.conftest import Cli
from tests.training.inversion.trained import SIZE, disc, photos, trained


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A run `g`, another one without a checkpoint, and beside their folder pictures of all kinds. Nothing is to change there."""
    folder = tmp_path_factory.mktemp("workshop")
    made = Cli(folder / "runs")
    data = photos(folder / "photos")
    trained(made.runs_dir, data)
    trained(made.runs_dir, data, save=False, name="empty")
    disc(99).save(folder / "disc.png")
    (folder / "words.png").write_text("no picture")
    (folder / "there.png").write_text("mine")
    (folder / "nothing").mkdir()
    for name, mode, side in (("dot", "L", 1), ("other", "L", 20), ("black", "L", SIZE), ("bomb", "1", 12_000)):
        Image.new(mode, (side, side)).save(folder / f"{name}.png")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("repair g disc.png", "say what is missing"),
        ("repair g --hole 1,1,4,4", "say which picture"),
        ("project g disc.png --held-out 3", "--held-out"),
        ("project nobody disc.png", "no run 'nobody'"),
        ("project empty disc.png", "empty has no checkpoint yet"),
        ("project g none.png", "none.png"),
        ("project g words.png", "words.png"),
        ("project g dot.png", "dot.png has 1 x 1 pixels"),
        ("project g bomb.png", "bomb.png"),
        ("repair g disc.png --hole 1,1,4", ": LEFT,TOP,WIDTH,HEIGHT in pixels"),
        ("repair g disc.png --hole 30,1,4,4", "is not inside of the 32 x 32 pixels"),
        ("repair g disc.png --hole 0,0,32,32", "covers everything"),
        ("repair g disc.png --mask black.png", "covers nothing"),
        ("repair g disc.png --mask other.png", "the mask has 20 x 20 pixels: it needs the size of the picture, 32 x 32"),
        ("repair g disc.png --mask words.png", "words.png"),
        ("sharpen g other.png", "sharpens pictures of 16 x 16, 8 x 8, 4 x 4, 2 x 2"),
        ("sharpen g disc.png", "say with --factor"),
        ("sharpen g disc.png --factor 5", "by 5"),
        ("sharpen g --held-out 3", "say how many times smaller"),
        ("project g nothing", "nothing is empty"),
        ("project g disc.png -o there.png", "there.png"),
        ("project g disc.png -o none/out.png", " none:"),
        ("project g disc.png --steps 0", "--steps 0: "),
        ("project g disc.png --set search.nose=1", "'search.nose'"),
        ("project g disc.png --device cuda:77", "device 'cuda:77'"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_run(words: str, why: str, workshop: Cli) -> None:
    folder = workshop.runs_dir.parent
    before = sorted(os.listdir(folder))
    here = [str(folder / word) if word.endswith(".png") or word == "nothing" else word for word in words.split()]
    refused = workshop(*here, "--headless")
    assert refused.returncode == MISTAKEN, refused.stderr
    assert why in refused.stderr.replace(f"{folder}/", "")
    assert "Traceback" not in refused.stderr
    assert (folder / "there.png").read_text() == "mine"
    assert sorted(os.listdir(workshop.runs_dir)) == ["empty", "g"]
    assert sorted(os.listdir(folder)) == before
