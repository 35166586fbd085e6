"""`gan-tui plot -o`: charts for a paper, as SVG, PDF and PNG."""

import io
import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from click.testing import CliRunner
from PIL import Image

from gan_tui.cli import cli
from gan_tui.report import chart, pdf, png, svg
from gan_tui.report.chart import Curve, Plot, lay_out
from gan_tui.report.shapes import WIDTH, Area, Chart, Rule, Stroke, Words
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.history import Bucket
from tests.dashboard.helpers import append, judged, make_run, metrics, started


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = make_run(tmp_path, "first")
    append(made, *judged())
    return made


def said(*arguments: object) -> str:
    found = CliRunner().invoke(cli, ["plot", *map(str, arguments)], standalone_mode=False)
    why = found.exception
    return found.output if why is None else str(getattr(why, "message", why))


def chart_of(*values: float, **more: object) -> Chart:
    points = [Bucket(step, value / 2, value * 2, value) for step, value in enumerate(values)]
    found = lay_out(Plot("loss", [Curve("d", "discriminator", points)], **more))  # type: ignore[arg-type]
    assert found
    return found


def texts(found: Chart) -> list[str]:
    return [shape.text for shape in found.shapes if isinstance(shape, Words)]


def test_the_three_forms_say_the_same(run: RunDirectory, tmp_path: Path) -> None:
    for suffix in ("svg", "pdf", "png"):
        assert said(run.path, "-o", tmp_path / f"x.{suffix}", "--metric", "losses", "--metric", "fd") == f"wrote {tmp_path}/x.{suffix}\n"
    root = ElementTree.parse(tmp_path / "x.svg").getroot()
    words = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]
    assert {"step", "loss", "losses, first", "FD, first", "FD (squared feature units)"} <= set(words)
    assert any(word.startswith("d_loss 0.9") for word in words)
    assert "prefers-color-scheme:dark" in (tmp_path / "x.svg").read_text()
    content = (tmp_path / "x.pdf").read_bytes()
    stream = re.search(rb"stream\n(.*?)\nendstream", content, re.DOTALL)
    assert stream
    operators = zlib.decompress(stream[1]).decode("latin-1")
    for word in words:
        assert rf"({word})" in operators or "(" in word
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (3 * WIDTH, 2 * 3 * chart.HEIGHT)
        assert picture.info["dpi"] == pytest.approx((288, 288), abs=1)
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or ()}
    assert {(0x0B, 0x72, 0xB5), (0xC6, 0x5D, 0x00), (255, 255, 255)} <= colours


def test_a_pdf_says_rightly_where_its_objects_are() -> None:
    content = pdf.encode([chart_of(1, 2, 3), chart_of(4, 5)])
    table = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[table : table + 4] == b"xref"
    places = [int(line[:10]) for line in content[table:].splitlines() if line.endswith(b"00000 n ")]
    assert [content[place:].split()[0] for place in places] == [b"%d" % number for number in range(1, len(places) + 1)]
    assert b"/MediaBox [0 0 480 450]" in content
    assert b"BT" in zlib.decompress(re.search(rb"stream\n(.*?)\nendstream", content, re.DOTALL)[1])  # type: ignore[index]


def test_words_of_any_kind_are_in_all_three() -> None:
    strange = Chart("t", 100, [Words(10, 20, r"a(b)\c – 日本 é <&>", upright=upright) for upright in (False, True)])
    ElementTree.fromstring(svg.encode([strange]))
    packed = re.search(rb"stream\n(.*?)\nendstream", pdf.encode([strange]), re.DOTALL)
    assert packed
    assert rb"a\(b\)\\c " + "– ?? é <&>".encode("cp1252") in zlib.decompress(packed[1])
    Image.open(io.BytesIO(png.encode([strange]))).load()


def test_a_band_lies_around_the_mean_and_an_axis_that_begins_near_0_begins_there() -> None:
    found = chart_of(1, 2, 3, 4)
    (band,) = [shape for shape in found.shapes if isinstance(shape, Area)]
    (line,) = [shape for shape in found.shapes if isinstance(shape, Stroke)]
    assert len(band.points) == 2 * len(line.points)
    assert all(band.points[at][1] <= line.points[at][1] <= band.points[-1 - at][1] for at in range(4))
    points = [Bucket(step, 1.0, 1.0, 1.0) for step in range(10, 1000, 10)]
    late = lay_out(Plot("x", [Curve("d", "accent", points)]))
    assert late
    assert "0" in texts(late)


def test_a_logarithmic_axis_shows_what_is_above_0() -> None:
    found = chart_of(1e-3, 1, 1e3, log=True)
    assert {"0.001", "1"} & set(texts(found))
    (line,) = [shape for shape in found.shapes if isinstance(shape, Stroke)]
    heights = [y for _, y in line.points]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert lay_out(Plot("x", [Curve("d", "accent", [Bucket(0, -1.0, 0.0, -0.5)])], log=True)) is None


def test_a_legend_that_has_no_room_beside_the_title_gets_lines_of_its_own() -> None:
    points = [Bucket(0, 1.0, 1.0, 1.0), Bucket(1, 2.0, 2.0, 2.0)]
    names = [f"20261126-190000-mnist-a-preset-of-mine-{number}" for number in range(8)] + ["x" * 300]
    found = lay_out(Plot("d_loss", [Curve(name, "#56b4e9", points) for name in names]))
    assert found
    said_all = texts(found)
    assert all(any(text.startswith(name[:60]) for text in said_all) for name in names)
    assert found.height > chart.HEIGHT
    swatches = [shape for shape in found.shapes if isinstance(shape, Rule) and shape.width == 3]
    assert len(swatches) == len(names)
    assert all(0 <= shape.x <= WIDTH and shape.y < found.height - chart.HEIGHT + chart.TOP for shape in swatches)


@pytest.mark.parametrize(("x", "title", "last"), [("epoch", "epoch", "30"), ("time", "training time (min)", "3"), ("step", "step", "20k")])
def test_the_horizontal_axis_is_of_ones_choice(run: RunDirectory, tmp_path: Path, x: str, title: str, last: str) -> None:
    target = tmp_path / "x.svg"
    said(run.path, "-o", target, "--x", x)
    found = [element.text for element in ElementTree.parse(target).iter() if element.tag.endswith("text")]
    assert title in found
    assert last in found


def with_time(step: int, elapsed: float) -> events.Metrics:
    return msgspec.structs.replace(metrics(step), elapsed=elapsed)


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_a_time_that_cannot_be_is_a_damaged_line(tmp_path: Path, suffix: str) -> None:
    made = make_run(tmp_path, "odd")
    append(made, started(), *(with_time(step, 1e308 if step == 300 else step / 10) for step in (100, 200, 300)))
    assert "wrote" in said(made.path, "-o", tmp_path / f"x{suffix}", "--x", "time")
    made = make_run(tmp_path, "odder")
    append(made, started(), with_time(100, -1e308))
    assert "nothing to draw" in said(made.path, "-o", tmp_path / f"y{suffix}", "--x", "time")


def test_a_file_that_was_made_meanwhile_is_left(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.svg"
    encode = svg.encode

    def slowly(charts: list[Chart]) -> bytes:
        target.write_text("mine")
        return encode(charts)

    monkeypatch.setattr(svg, "encode", slowly)
    assert str(target) in said(run.path, "-o", target)
    assert target.read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["x.svg"]


def test_several_runs_are_one_chart_for_each_metric(run: RunDirectory, tmp_path: Path) -> None:
    second = make_run(tmp_path, "second")
    append(second, started(), *(metrics(step, d_loss=1.2) for step in range(100, 20_000, 100)))
    target = tmp_path / "x.svg"
    said(run.path, second.path, "-o", target, "--smooth", "5", "--last", "5000", "--log")
    text = target.read_text()
    assert text.count("#56b4e9") >= 4
    assert text.count("#e69f00") >= 4
    assert "second 1.2" in text


def test_what_cannot_be_is_one_line(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.svg").write_text("mine")
    own = make_run(tmp_path, "own")
    append(own, events.Metrics(step=1, scalars={"loss": 1.0, "gone": "nan"}, elapsed=1.0, rate=1.0))
    for arguments, words in (
        ((run.path, "-o", "x.gif"), "must end with .txt or .svg or .pdf or .png"),
        ((run.path, "-o", "there.svg"), "nothing is overwritten"),
        ((run.path, "--x", "time"), "add -o FILE.svg"),
        ((run.path, "-o", "x.pdf", "--width", "80", "--theme", "paper"), "--width and --theme belong to a chart in text"),
        ((own.path, "-o", "x.svg", "--metric", "loss", "--x", "epoch"), "how many steps an epoch has"),
        ((own.path, "-o", "x.svg", "--metric", "gone"), "nothing of gone can be shown"),
        ((run.path, "-o", "x.svg", "--metric", "fid"), "no metric 'fid'"),
    ):
        why = said(*arguments)
        assert words in why, why
        assert "\n" not in why.strip()
    assert (tmp_path / "there.svg").read_text() == "mine"
    assert not list(tmp_path.glob("x.*"))


def test_what_there_is_no_room_for_is_counted_and_no_line_along_the_edge() -> None:
    points = [Bucket(step, value, value, value) for step, value in enumerate([3.1, 3.0, 2.9, *([1.0, 1.1] * 50), -9.0])]
    found = lay_out(Plot("loss", [Curve("g_loss", "generator", points, ideal=1.05)], guide=1.1))
    assert found
    assert {"3 points above, up to 3.1", "1 point below, down to -9"} <= set(texts(found))
    (line,) = [shape for shape in found.shapes if isinstance(shape, Stroke)]
    heights = [y for _, y in line.points]
    assert heights[0] == min(heights) < heights[1]
    assert len(line.points) == 102
    everything = lay_out(Plot("loss", [Curve("g_loss", "generator", points[3:-1])]))
    assert everything
    assert not [words for words in texts(everything) if "point" in words]


def test_dashed_lines_are_in_the_legend_where_they_are_drawn() -> None:
    points = [Bucket(step, 1.0 + step, 1.0 + step, 1.0 + step) for step in range(3)]
    curve = Curve("d_loss", "discriminator", points, ideal=2.0)
    for plot, words in ((Plot("loss", [curve]), {"at equilibrium"}), (Plot("loss", [curve._replace(ideal=None)], guide=1.5), {"ideal"}),
                        (Plot("loss", [curve._replace(ideal=9.0)]), set())):  # fmt: skip
        found = lay_out(plot)
        assert found
        assert {"at equilibrium", "ideal"} & set(texts(found)) == words
        assert len([shape for shape in found.shapes if isinstance(shape, Rule) and shape.dashes]) == 2 * len(words), "across, and its key"
