"""Presets: the shipped ones, a user's own, a file's, and what is said of one that is broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.errors import UserError
from tests.conftest import SMALL, Cli

SHIPPED = Path(config.__file__).parents[1] / "presets"


@pytest.fixture
def folder() -> Iterator[Path]:
    """The user's own presets; emptied afterwards, for it is the same for all tests."""
    found = config.preset_folder()
    found.mkdir(parents=True, exist_ok=True)
    yield found
    for path in found.iterdir():
        path.unlink()


def test_a_users_own_is_found_by_name_and_path(folder: Path) -> None:
    path = folder / "mine.toml"
    path.write_text((SHIPPED / "mlp-r3.toml").read_text("utf-8"))
    assert config.preset_names() == [*config.shipped_presets(), "mine"]
    settings = config.resolve("mine")
    assert config.resolve(str(path)) == settings
    assert settings == config.override(config.resolve("mlp-r3"), {"preset": "mine"})
    assert config.load_preset("mine").measured.startswith("FD ")


def test_one_can_begin_where_another_ends(folder: Path) -> None:
    (folder / "longer.toml").write_text('preset = "mlp-r3"\n[train]\nepochs = 300\n')
    assert config.resolve("longer") == config.override(config.resolve("mlp-r3", [{"train": {"epochs": 300}}]), {"preset": "longer"})
    (folder / "deeper.toml").write_text('preset = "longer"\n')
    with pytest.raises(UserError, match=r"deeper\.toml, line 1: unknown preset 'longer'"):
        config.load_preset("deeper")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[train]\nepochs = 0\n", "line 2"),
        ("train.epochs = 0\n", "line 1"),
        ("\n\n[trian]\nepochs = 1\n", "line 3"),
        ("[train]\nepochs = 1\nepoch = 1\n", "line 3"),
        ("[data]\n# few\nvalidation = 7\n", "line 3"),
        ("[train\n", "line 1"),
        ("[about]\ncolour = 1\n", "line 2: [about] has no 'colour', only description, source, measured"),
        ("[about]\ndescripton = 'x'\n", "line 2: [about] has no 'descripton' (description?), only "),
        ("[about]\n\nsource = 1\n", "line 3: about.source must be a text of at most 1,000 characters"),
        ("about = 1\n", "line 1: about is no setting, but a table, [about], with "),
    ],
)
def test_a_broken_one_is_named_with_its_line_and_the_rest_works(folder: Path, text: str, where: str) -> None:
    (folder / "broken.toml").write_text(text)
    (folder / "sound.toml").write_text("[train]\nepochs = 1\n")
    found, (broken,) = config.list_presets()
    assert [preset.name for preset in found] == [*config.shipped_presets(), "sound"]
    assert broken.name == "broken"
    assert f"{folder / 'broken.toml'}" in broken.reason
    assert where in broken.reason
    with pytest.raises(UserError) as caught:
        config.resolve("broken")
    assert str(caught.value) == broken.reason


def test_what_an_editor_of_windows_saves_is_read_or_said(folder: Path) -> None:
    (folder / "marked.toml").write_text("[train]\r\nepochs = 3\r\n", encoding="utf-8-sig", newline="")
    (folder / "wide.toml").write_text("[train]\nepochs = 3\n", encoding="utf-16")
    (folder / "latin.toml").write_text("[about]\ndescription = 'café'\n", encoding="latin-1")
    assert config.resolve("marked").train.epochs == 3
    _, broken = config.list_presets()
    assert [one.reason.rpartition(": ")[2] for one in broken] == ["line 2 is not UTF-8", "line 1 is not UTF-8"]


@pytest.mark.parametrize("name", ["classic", "a b", "\x1b[31m", "x" * 61])
def test_a_name_that_a_preset_cannot_have_is_no_preset(folder: Path, name: str) -> None:
    (folder / f"{name}.toml").write_text("[train]\nepochs = 1\n")
    _, (broken,) = config.list_presets()
    assert broken.name == name
    assert config.preset_names() == config.shipped_presets()


@pytest.mark.parametrize("name", config.shipped_presets())
def test_a_copy_of_a_preset_is_a_file_of_settings(tmp_path: Path, name: str) -> None:
    copy = tmp_path / "my copy.toml"
    copy.write_text((SHIPPED / f"{name}.toml").read_text("utf-8"))
    preset = config.preset_of_file(copy)
    assert config.override(config.resolve(preset), {"preset": name}) == config.resolve(name)
    assert preset.name == "my-copy"
    assert config.read_file(copy) == config.load_preset(name).settings


def test_a_run_needs_its_preset_no_more(tmp_path: Path) -> None:
    settings = config.override(config.resolve("mlp-r3"), {"preset": "gone", "train": {"epochs": 3}})
    path = tmp_path / "run.toml"
    path.write_text(config.to_toml(settings, {"torch": "2.15.0"}))
    assert config.resolve(config.preset_of_file(path)) == settings
    path.write_text(config.to_toml(settings))
    with pytest.raises(UserError, match=r"run\.toml, line 1: .*'gone'"):
        config.preset_of_file(path)


def test_the_command_line_takes_all_of_them(cli: Cli, folder: Path) -> None:
    (folder / "brief.toml").write_text("[train]\nepochs = 1\nbatch_size = 300\n")
    (folder / "bad.toml").write_text("[train]\nepochs = 0\n")
    copy = cli.runs_dir.parent / "copy.toml"
    copy.write_text((folder / "brief.toml").read_text() + '[about]\ndescription = "short"\n')
    for number, words in enumerate((["--preset", "brief"], ["--preset", str(copy)], ["--config", str(copy)])):
        done = cli("--headless", *SMALL, *words, "--name", f"run{number}")
        assert done.returncode == 0, done.stderr
        assert cli.run(f"run{number}").config().train.batch_size == 300
    assert cli.run("run2").config().preset == "copy"
    listed = cli("presets")
    assert listed.returncode == 0
    assert "\nbrief\n" in listed.stdout
    assert f"\nbad\n  broken: {folder / 'bad.toml'}, line 2: " in listed.stdout
