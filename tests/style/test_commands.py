"""`style --fast`, `style --compare` and `styles`, through the command line."""

from pathlib import Path

import pytest
from PIL import Image

from gan_tui.spec.transfer import STYLES
from tests.conftest import Cli
from tests.training.transfer.pictures import saved, size_of


def test_one_pass_makes_a_picture_and_no_run(cli: Cli, tmp_path: Path) -> None:
    content, _ = saved(tmp_path, 40, 52)
    target = tmp_path / "out.png"
    done = cli("style", "--fast", "--style", "mosaic", str(content), "-o", str(target))
    assert done.returncode == 0, done.stderr
    assert f"wrote {target}" in done.stdout
    assert size_of(target) == (52, 40)
    assert not cli.runs_dir.exists()
    kept = target.read_bytes()
    again = cli("style", "--fast", "--style", "3", str(content), "-o", str(target))
    assert (again.returncode, target.read_bytes()) == (2, kept), "nothing is overwritten"


def test_blends_sizes_and_strength(cli: Cli, tmp_path: Path) -> None:
    content, _ = saved(tmp_path)
    words = ("--style", "3", "--style", "pastel", "--share", "1", "--share", "3", "--size", "128", "--strength")
    for strength in ("0", "0.5"):
        done = cli("style", "--fast", str(content), *words, strength, "-o", str(tmp_path / f"{strength}.png"))
        assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "0.png") as untouched, Image.open(content) as original:
        assert untouched.size == (128, 96)
        same = untouched.resize((8, 6), Image.Resampling.BOX).tobytes()
        wanted = original.convert("RGB").resize((8, 6), Image.Resampling.BOX).tobytes()
        assert max(abs(a - b) for a, b in zip(same, wanted, strict=True)) < 30
    assert (tmp_path / "0.png").read_bytes() != (tmp_path / "0.5.png").read_bytes()


@pytest.mark.parametrize(
    ("shares", "words"), [(("1", "2"), "2 --share for 1 --style: say one for each, or none"), (("0",), "one --share must be above 0")]
)
@pytest.mark.parametrize("preset", [(), ("--preset", "style-net")])
def test_shares_that_fit_no_styles_are_said_as_they_were_typed(
    shares: tuple[str, ...], words: str, preset: tuple[str, ...], cli: Cli, tmp_path: Path
) -> None:
    content, style = saved(tmp_path)
    options = [option for share in shares for option in ("--share", share)]
    first = ("train", *preset, "--dataset", f"folder:{tmp_path}") if preset else ("style", str(content))
    done = cli(*first, "--style", str(style), *options, "--headless")
    assert (done.returncode, done.stderr) == (2, f"gan-tui: {words}\n")


def test_styles_are_listed_and_drawn(cli: Cli, tmp_path: Path) -> None:
    listed = cli("styles").stdout.splitlines()
    assert [line.split()[1] for line in listed] == list(STYLES)
    content, _ = saved(tmp_path)
    done = cli("styles", str(content), "-o", str(tmp_path / "sheet.png"))
    assert done.returncode == 0, done.stderr
    assert size_of(tmp_path / "sheet.png") == (7 * 200, 4 * 164)


@pytest.mark.slow
def test_both_ways_side_by_side(cli: Cli, tmp_path: Path) -> None:
    content, _ = saved(tmp_path)
    done = cli("style", "--compare", "--style", "3", str(content), "--size", "48", "-o", str(tmp_path / "both.png"))
    assert done.returncode == 0, done.stderr
    title, slow, fast, where = done.stdout.splitlines()
    assert title.split() == ["way", "seconds", "content", "style"]
    assert (slow.split()[0], fast.split()[0]) == ("slow", "fast")
    assert float(slow.split()[3]) < float(fast.split()[3])
    assert where.endswith("both.png")
    assert size_of(tmp_path / "both.png") == (3 * 48, 36)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "say which style"),
        (["--style", "26"], "none of the 26 styles"),
        (["--style", "3", "--share", "1", "--share", "1"], "2 --share for 1 --style"),
        (["--style", "3", "--share", "0"], "above 0"),
        (["--style", "3", "--share", "-1"], "0 or more"),
        (["--style", "3", "--steps", "5"], "--steps is of the slow way"),
        (["--style", "3", "--strength", "2"], "--strength 2: "),
        (["--style", "3", "-o", "none/x.png"], "/none"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], why: str, cli: Cli, tmp_path: Path) -> None:
    content, _ = saved(tmp_path)
    here = [str(tmp_path / word) if word.endswith(".png") else word for word in words]
    refused = cli("style", "--fast", str(content), *here)
    assert refused.returncode == 2
    assert why in refused.stderr
    assert "Traceback" not in refused.stderr
