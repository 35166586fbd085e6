"""`gan-tui report`: what is known of a run, as one file."""

import base64
import io
import math
import platform
import re
import shutil
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from gan_tui import config
from gan_tui.config import CommandConfig, RunConfig, StyleConfig, StylePictures
from gan_tui.report import chart, facts, html, pictures, svg
from gan_tui.report.chart import Curve, Plot
from gan_tui.report.shapes import WIDTH
from gan_tui.run.directory import RunDirectory, create
from gan_tui.run.events import Bookmark, Error, Evaluation, Finished, Metrics, Samples, Started, Verdict
from gan_tui.run.history import Bucket, History
from gan_tui.run.log import EventWriter
from gan_tui.system import hardware
from tests.conftest import Cli
from tests.test_recorded_run import RECORDED

HOSTILE = "</title><script>alert(1)</script>|`\x1b[31m"


class Reader(HTMLParser):
    """Tags, what they load, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.loaded, self.text = list[str](), list[str](), ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def old(cli: Cli) -> RunDirectory:
    run = cli.run("old")
    shutil.copytree(RECORDED, run.path)
    return run


@pytest.mark.usefixtures("old")
@pytest.mark.slow
def test_a_page_has_all_of_a_run_and_loads_nothing(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "old.html"
    done = cli("report", "old", "-o", str(target))
    assert done.returncode == 0, done.stderr
    page = Reader(target.read_text("utf-8"))
    assert page.loaded
    assert all(one.startswith("data:image/png;base64,") for one in page.loaded)
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert page.tags.count("svg") >= 5
    for words in ("2,360", "FD", "completed", "--preset", "optimizer.d_lr"):
        assert words in page.text
    again = cli("report", "old", "-o", str(target))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


@pytest.mark.usefixtures("old")
def test_markdown_has_the_same_numbers(cli: Cli) -> None:
    done = cli("report", "old", "--format", "md", "-o", "-")
    assert done.returncode == 0
    assert "| progress | 4/4 epochs done, step 2,360 |" in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (3, 4, 5, 6) for row in rows)


def test_of_several_runs_it_says_what_differs(cli: Cli, old: RunDirectory) -> None:
    shutil.copytree(old.path, cli.run("new").path)
    settings = cli.run("new").config_file
    settings.write_text(re.sub(r"(?m)^d_lr = .*$", "d_lr = 0.125", settings.read_text()))
    done = cli("report", "old", "new", "-o", "-")
    page = Reader(done.stdout)
    assert done.returncode == 0
    assert "0.125" in page.text
    assert "optimizer.d_lr" in page.text
    assert "optimizer.g_lr" not in page.text
    assert len(page.loaded) == 2, "the newest samples of each"
    assert "new: samples at epoch" in page.text


def test_a_film_is_of_a_bounded_size(old: RunDirectory) -> None:
    with EventWriter(old.events) as log:
        for step in range(3000, 3040):
            log.write(Samples(step=step, path=f"samples/{step}.png", epoch=step))
            shutil.copy(next(old.samples.glob("*.png")), old.samples / f"{step}.png")
    film = pictures.film(old)
    assert film is not None
    assert film.uri in html.page(facts.gather(old))
    assert film.caption.startswith(f"{pictures.COLUMNS} of ")
    with Image.open(io.BytesIO(base64.b64decode(film.uri.partition(",")[2]))) as strip:
        assert strip.width <= pictures.COLUMNS * 2 * pictures.SIDE
        assert strip.height <= 10 * 2 * pictures.SIDE
    next(old.samples.glob("30*.png")).write_bytes(b"no picture")
    assert facts.gather(old).plots, "a damaged picture costs no more than the film"


def test_a_contact_sheet_has_no_film(tmp_path: Path) -> None:
    """Each of its pictures is of something else."""
    sheet = StylePictures(contents=("/a.png", "/b.png"), styles=("/c.png",), width=64, height=64)
    run = create(tmp_path, StyleConfig(task="style-sheet", pictures=sheet), "sheet")
    run.samples.mkdir(exist_ok=True)
    with EventWriter(run.events) as log:
        for cell in (1, 2):
            Image.new("RGB", (64, 64)).save(run.samples / f"cell-{cell}.png")
            log.write(Samples(step=cell, path=f"samples/cell-{cell}.png", epoch=cell))
    assert pictures.film(run) is None
    assert "Film" not in Reader(html.page(facts.gather(run))).text


def test_it_names_the_machine_that_trained(old: RunDirectory) -> None:
    settings = old.config_file.read_text().replace("[environment]", f'[environment]\nmachine = "{hardware.describe()}"')
    old.config_file.write_text(settings)
    assert ("machine", hardware.describe()) in facts.gather(old).summary
    assert platform.system() in hardware.describe()


def test_runs_of_scripts_are_compared_by_their_own_loss_and_charts_begin_with_fd(cli: Cli, old: RunDirectory) -> None:
    assert old.name == "old"
    with EventWriter(create(cli.runs_dir, RunConfig(), "mine").events) as log:
        log.write(Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=10))
        log.write(Metrics(step=1, scalars={"val_loss": 0.625}, elapsed=1.0, rate=1.0))
    lines = cli("report", "old", "mine", "--format", "md", "-o", "-").stdout.splitlines()
    assert "| val\\_loss |  | 0.625 |" in lines
    assert lines[lines.index("## Curves") + 4].startswith("| FD | old |")


def test_distances_of_two_feature_networks_are_never_in_one_row_or_chart_and_values_are_as_people_write_them(cli: Cli) -> None:
    for name, network, classes in (("digits", "mnist-cnn-v1", ()), ("shapes", "random-conv-v1", ("disc", "square"))):
        data = msgspec.structs.replace(RunConfig().data, classes=classes, dataset="folder:/x")
        settings = RunConfig(data=data, model=msgspec.structs.replace(RunConfig().model, conditional=bool(classes)))
        with EventWriter(create(cli.runs_dir, settings, name).events) as log:
            log.write(Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=10))
            log.write(Evaluation(step=5, scalars={"fd": 12.5, "coverage": 0.5}, network=network, seconds=1.0, best=True))
    text = cli("report", "digits", "shapes", "--format", "md", "-o", "-").stdout
    assert "| best FD (mnist-cnn-v1) | 12.5 |  |" in text
    assert "| best FD (random-conv-v1) |  | 12.5 |" in text
    assert "| data.classes |  | disc, square |" in text
    assert "| model.conditional | false | true |" in text
    charts = [line.split(" | ")[:2] for line in text.partition("## Curves")[2].splitlines() if line.startswith("| ")]
    assert ["| FD (mnist-cnn-v1)", "digits"] in charts
    assert ["| FD (random-conv-v1)", "shapes"] in charts
    assert [chart[0] for chart in charts].count("| coverage") == 2, "a fraction is the same of every network"


def test_a_run_without_epochs_and_numbers_has_neither_in_its_report(cli: Cli) -> None:
    with EventWriter(create(cli.runs_dir, CommandConfig(command=("python", "train.py"), cwd="/"), "theirs").events) as log:
        log.write(Error(text="boom"))
        log.write(Finished(outcome="failed", epoch=0, elapsed=1.0))
    page = cli("report", "theirs", "-o", "-", "--format", "md").stdout
    assert "| progress | step 0 |" in page
    assert "| error | boom |" in page
    assert all(words not in page for words in ("epoch", "## Curves", "gan-tui plot"))


def test_of_programs_of_others_nothing_is_said_that_is_not_known(cli: Cli) -> None:
    for name in ("one", "other"):
        with EventWriter(create(cli.runs_dir, CommandConfig(command=("python", "train.py"), cwd="/"), name).events) as log:
            log.write(Started(device="", device_name="gpu7", epochs=0, steps_per_epoch=0))
            log.write(Metrics(step=0, scalars={"loss": 0.5}, elapsed=1.0, rate=0.0))
            log.write(Metrics(step=10, scalars={"loss": 0.25}, elapsed=3.0, rate=5.0))
    both = cli("report", "one", "other", "--format", "md", "-o", "-").stdout
    assert "| host | gpu7 | gpu7 |" in both
    assert all(f"| {row} |" not in both for row in ("best FD", "verdict", "device"))
    alone = cli("report", "one", "--format", "md", "-o", "-").stdout
    assert "| host | gpu7 |" in alone
    assert "| device |" not in alone
    assert "| steps/s | 5 |" in alone, "before the first step nobody knows how fast they are"


def test_the_best_fd_says_when_and_of_how_many_samples_it_was_measured(cli: Cli) -> None:
    with EventWriter(create(cli.runs_dir, RunConfig(), "mine").events) as log:
        log.write(Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=10))
        measured = {"fd": 12.5, "fd_floor": 0.25, "samples": 2000}
        log.write(Evaluation(step=5, scalars={**measured}, network="mnist-cnn-v1", seconds=1.0, best=True))
    lines = cli("report", "mine", "--format", "md", "-o", "-").stdout.splitlines()
    assert "| best FD | 12.5 at step 5, of 2,000 samples; floor 0.25 (mnist-cnn-v1) |" in lines


def test_what_comes_from_outside_is_text_and_stays_text(cli: Cli) -> None:
    run = create(cli.runs_dir, RunConfig(), "mine")
    with EventWriter(run.events) as log:
        log.write(Started(device="cpu", device_name=HOSTILE, epochs=1, steps_per_epoch=10))
        log.write(Metrics(step=1, scalars={HOSTILE: 0.5, "d_loss": "nan"}, elapsed=1.0, rate=1.0))
        log.write(Verdict(step=1, rule="x", level="bad", text=HOSTILE, advice=HOSTILE))
        log.write(Bookmark(step=1, text=HOSTILE))
        log.write(Samples(step=1, path="../../outside.png", epoch=1))
    shutil.copy(next(RECORDED.glob("samples/*.png")), cli.runs_dir / "outside.png")
    page = cli("report", "mine", "-o", "-").stdout
    assert "script" not in Reader(page).tags
    assert "\x1b" not in page
    assert not Reader(page).loaded, "what lies outside of the run's folder is not taken in"
    marked = cli("report", "mine", "--format", "md", "-o", "-").stdout
    assert "<script" not in marked.replace("\\<", "")


@pytest.mark.parametrize("words", [["nobody"], ["old", "-o", "x.pdf"], ["old", "-o", "/no/such/folder/x.html"], ["empty"]])
@pytest.mark.usefixtures("old")
def test_what_cannot_be_is_one_line(cli: Cli, words: list[str]) -> None:
    create(cli.runs_dir, RunConfig(), "empty")
    done = cli("report", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_damaged_settings_file_costs_the_settings_and_nothing_else(old: RunDirectory) -> None:
    old.config_file.write_text("[data")
    found = facts.gather(old)
    assert found.plots
    assert (found.settings, found.everything) == ([], "")


def history(*values: float) -> list[Bucket]:
    made = History()
    for step, value in enumerate(values):
        made.append(step, value)
    return made.buckets


def points_of(drawn: str, kind: str) -> list[tuple[float, float]]:
    root = ElementTree.fromstring(drawn)
    found = [element for element in root.iter() if element.tag.endswith(kind)]
    return [(float(x), float(y)) for element in found for x, y in (pair.split(",") for pair in element.attrib["points"].split())]


def test_a_curve_lies_where_its_values_are() -> None:
    drawn = svg.draw(Plot("loss", [Curve("d", "red", history(0.0, 1.0, 0.5))], bounds=(0.0, 1.0)))
    floor, top = chart.HEIGHT - chart.BOTTOM, chart.TOP
    middle = (chart.LEFT + WIDTH - chart.RIGHT) / 2
    assert points_of(drawn, "polyline") == [(chart.LEFT, floor), (middle, top), (WIDTH - chart.RIGHT, (floor + top) / 2)]


def test_a_gap_is_a_gap_and_a_spike_flattens_nothing() -> None:
    drawn = svg.draw(Plot("loss", [Curve("d", "red", history(*[1.0, 2.0] * 20, math.nan, *[1.0, 2.0] * 20, 1e30))]))
    root = ElementTree.fromstring(drawn)
    lines = [element for element in root.iter() if element.tag.endswith("polyline")]
    assert len(lines) == 2
    heights = {y for _, y in points_of(drawn, "polyline")}
    assert max(heights) - min(heights) > 60
    assert svg.draw(Plot("loss", [Curve("d", "red", history(math.nan, math.inf))])) == ""


def test_a_long_run_is_a_small_picture_with_its_extremes() -> None:
    values = [math.sin(step / 500) for step in range(50_000)]
    values[25_000] = 5.0
    drawn = svg.draw(Plot("wave", [Curve("d", "red", history(*values))], bounds=(-2.0, 5.0)))
    assert len(drawn) < 60_000
    assert min(y for _, y in points_of(drawn, "polygon")) == chart.TOP


@pytest.mark.parametrize("values", [(1.0,), (0.0, 0.0), (1e300, -1e300), (5e-324, 1e-300), (-3.0, -3.0, 1e-9)])
def test_any_finite_values_make_well_formed_charts(values: tuple[float, ...]) -> None:
    ElementTree.fromstring(svg.draw(Plot("<&>", [Curve("<&>", "red", history(*values), ideal=values[0])], guide=0.0)))


def test_evaluations_show_the_newest_and_the_best(cli: Cli) -> None:
    run = create(cli.runs_dir, RunConfig(), "mine")
    with EventWriter(run.events) as log:
        log.write(Evaluation(step=1, scalars={"fd": 2.5, "kid": "nan"}, network="x", seconds=1.0, best=True))
        log.write(Evaluation(step=2, scalars={"fd": 3.5, "kid": "nan"}, network="x", seconds=1.0))
    (measured,) = facts.gather(run).measured
    assert (measured.label, measured.newest, measured.best) == ("FD", 3.5, 2.5)


def test_a_run_that_has_ended_is_not_told_to_go_on_but_how(cli: Cli) -> None:
    run = create(cli.runs_dir, RunConfig(), "mine")
    with EventWriter(run.events) as log:
        log.write(Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=10))
        log.write(Verdict(step=8, rule="improving", level="good", text="improving", advice="go on: still far from real images (FD 0.2)"))
        log.write(Verdict(step=9, rule="plateau", level="info", text="plateau", advice="lower the rates"))
        log.write(Verdict(step=10, rule="early", level="info", text="early", advice="wait"))
        log.write(Finished(step=10, outcome="completed", epoch=1, elapsed=4.0))
    found = facts.gather(run)
    assert found.advice == ""
    assert [said.text for said in found.history] == ["improving", "plateau. lower the rates", "early"]
    assert found.commands[1] == f"gan-tui resume {run.cli_name} --epochs 2"
    page = cli("report", "mine", "--format", "md", "-o", "-").stdout
    assert "wait" not in page


def test_a_verdict_that_still_holds_is_told_once(cli: Cli) -> None:
    """It is logged again so that it keeps fresh: the same line stood there many times."""
    run = create(cli.runs_dir, RunConfig(), "mine")
    with EventWriter(run.events) as log:
        for step, text in enumerate(("early", "early", "improving", "improving", "early"), 1):
            log.write(Verdict(step=step, rule=text, level="info", text=text))
    assert [(said.step, said.text) for said in facts.gather(run).history] == [(1, "early"), (3, "improving"), (5, "early")]


def test_the_command_of_a_script_is_there_and_a_killed_run_is_resumed(cli: Cli) -> None:
    run = create(cli.runs_dir, config.CommandConfig(command=("python", "my train.py", "--lr", "0.1"), cwd=str(cli.runs_dir)), "mine")
    with EventWriter(run.events) as log:
        log.write(Started(device="", device_name="host", epochs=1, steps_per_epoch=10))
    assert facts.gather(run).commands[:2] == ["gan-tui run -- python 'my train.py' --lr 0.1", f"gan-tui resume {run.cli_name}"]


def test_curves_of_one_role_have_colours_of_their_own(cli: Cli) -> None:
    """The layers of a style transfer were four lines in one colour."""
    run = create(cli.runs_dir, RunConfig(), "mine")
    layers = {f"conv{number}_1": 1.0 / number for number in range(1, 6)}
    with EventWriter(run.events) as log:
        log.write(Started(device="cpu", device_name="", epochs=1, steps_per_epoch=10))
        for step in (1, 2):
            log.write(Metrics(step=step, scalars={"d_loss": 1.0, "g_loss": 0.5, **layers}, elapsed=1.0, rate=1.0))
    for plot in facts.gather(run).plots:
        assert len({curve.colour for curve in plot.curves}) == len(plot.curves), plot.title


def test_a_number_is_the_newest_beside_other_runs_as_well(cli: Cli) -> None:
    """One report said 0.5, the next the mean of its last points."""
    for name in ("one", "two"):
        with EventWriter(create(cli.runs_dir, RunConfig(), name).events) as log:
            log.write(Started(device="cpu", device_name="", epochs=1, steps_per_epoch=5000))
            for step in range(1, 3001):
                log.write(Metrics(step=step, scalars={"d_loss": 0.5 if step == 3000 else 2.0}, elapsed=step, rate=1.0))
    page = Reader(cli("report", "one", "two", "-o", "-").stdout)
    assert "one 0.5" in page.text
    assert "two 0.5" in page.text
