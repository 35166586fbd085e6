"""Settings: one declaration, many ways to say a value, one clear line for a mistake."""

import json
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.errors import UserError


def test_toml_round_trip(tmp_path: Path) -> None:
    settings = config.resolve(tables=[{"train": {"epochs": 3}}, {"train": {"epochs": 5, "seed": 9}}])
    assert (settings.train.epochs, settings.train.seed) == (5, 9)
    path = tmp_path / "run.toml"
    path.write_text(config.to_toml(settings, {"torch": "2.15.0"}))
    assert config.read_run_toml(path) == (settings, {"torch": "2.15.0"})
    assert config.resolve(tables=[config.read_file(path)]) == settings


def test_every_setting_is_explained_and_can_be_set() -> None:
    found = config.settings()
    assert {"train.epochs", "optimizer.g_lr", "checkpoints.keep", "model.latent_dim"} <= {setting.key for setting in found}
    for setting in found:
        assert len(setting.meaning) > 5
        table = config.parse_assignment(f"{setting.key}={json.dumps(setting.default)}")
        assert config.resolve(tables=[table]) == config.resolve()


def test_the_presets_load() -> None:
    assert config.preset_names()[0] == "classic"
    for name in config.preset_names():
        preset = config.load_preset(name)
        assert preset.description
        assert preset.source
        assert config.resolve(name).preset == name
        assert config.resolve(name).data.validation == (0 if name == "classic" else 5000), "the tutorial trains on every image"


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("optimizer.g_lr=-1", "optimizer.g_lr = -1 is not allowed: expected a number above 0, at most 10"),
        ("optimizer.g_lr=nan", "optimizer.g_lr = nan"),
        ("optimizer.g_lr=inf", "optimizer.g_lr = inf"),
        ("optimizer.g_lr=fast", "optimizer.g_lr = 'fast'"),
        ("optimizer.beta1=1", "expected a number, 0 or more, below 1"),
        ("train.epochs=0", "train.epochs = 0 is not allowed: expected a whole number, 1 to 1,000,000"),
        ("train.epochs=1.5", "train.epochs = 1.5"),
        ("train.epochs=true", "train.epochs = True"),
        ("train.device=tpu", "train.device = 'tpu' is not allowed: expected auto"),
        ("train.batch_size=60001", "train.batch_size"),
        ("data.dataset=cats", "data.dataset = 'cats' is not allowed: expected mnist"),
        ("model.hidden=[1]", "model.hidden"),
    ],
)
def test_mistakes_name_setting_value_and_range(assignment: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        config.resolve(tables=[config.parse_assignment(assignment)])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_kind_of_run_that_is_not_known_is_no_gan(tmp_path: Path) -> None:
    """A newer version may have made it: what this one would train there is something else."""
    path = tmp_path / "run.toml"
    path.write_text('task = "dance"\n')
    with pytest.raises(UserError, match=r"run\.toml, line 1: task = 'dance' is no kind of run that gan-tui .* knows"):
        config.read_run_toml(path)


@pytest.mark.parametrize("text", ["nonsense", "train.epoch=1", "train=1", "=", "a.b.c=1", "preset=x"])
def test_what_is_no_setting(text: str) -> None:
    said = r"^(no setting is called '.*'( \(train.epochs\?\))?|'.*' is not of the form section\.key=value); `gan-tui settings`"
    with pytest.raises(UserError, match=said):
        config.parse_assignment(text)


@pytest.mark.parametrize("content", [b"[train\n", b"[train]\nepochs = 'x'\n", b"[trian]\nepochs = 1\n", b"\xff\xfe", b"train = 3\n"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"mine\.toml"):
        config.read_file(path)


@pytest.mark.parametrize("line", ["a." * 900 + "b = 1", "train.seed = " + "[" * 5000 + "]" * 5000])
def test_a_file_that_is_nested_without_end_says_so_and_where(line: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"[train]\nseed = 1\n{line}\n")
    with pytest.raises(UserError, match=r"mine\.toml is nested too deeply, line 3"):
        config.read_file(path)


@pytest.mark.parametrize("assignment", ["a." * 900 + "b=1", "a." * 900, "train.seed=" + "7" * 900, "train.seed=" + "[" * 400 + "]" * 400])
def test_what_is_endless_is_not_said_again_as_a_whole(assignment: str) -> None:
    with pytest.raises(UserError) as raised:
        config.resolve(tables=[config.parse_assignment(assignment)])
    assert len(str(raised.value)) < 400


def test_a_batch_smaller_than_the_number_of_devices_is_refused() -> None:
    with pytest.raises(UserError, match="--devices 3 or fewer"):
        config.resolve(tables=[{"train": {"batch_size": 3, "devices": 4}}])
    with pytest.raises(UserError, match="--devices 100 or fewer"):
        config.change(config.resolve(), ["train.devices=101", "train.batch_size=100"], begun=False)
    assert config.resolve(tables=[{"train": {"batch_size": 4, "devices": 4}}]).train.devices == 4


def test_settings_are_still_read_under_their_old_names() -> None:
    older = {"model": {"leak": 0.1}, "train": {"engine": "lean"}}
    for found in (config.from_table(older), config.resolve("classic", [older]), config.override(config.resolve(), older)):
        assert (found.model.negative_slope, found.train.engine) == (0.1, "manual-grad")
    assert config.parse_assignment("model.leak=0.1") == {"model": {"negative_slope": 0.1}}


@pytest.mark.parametrize(("hz", "seconds"), [(2.0, 1.1), (4.0, 0.25), (0.5, 2.0), (0.0, 0.0)])
def test_a_rate_of_previews_that_was_chosen_is_kept_on_few_cores_too(hz: float, seconds: float) -> None:
    samples = config.resolve(tables=[{"samples": {"preview_hz": hz}}]).samples
    assert samples.preview_seconds(2.2) == pytest.approx(seconds)
