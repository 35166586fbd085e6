"""Checkpoints that somebody has sent: refused before they are loaded, in one line."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError, UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint, checkpoint_file, sampling
from gan_tui.training.checkpoint import Progress
from gan_tui.training.restore import restore

SETTINGS = config.resolve(tables=[{"model": {"hidden": 8}, "samples": {"count": 4}}])
MEGABYTE = 1 << 20


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """One that was saved at step 1."""
    made = directory.create(tmp_path, SETTINGS, "sent")
    save(made, SETTINGS)
    return made


def save(run: RunDirectory, settings: RunConfig) -> Path:
    gan = build.make_gan(settings, torch.device("cpu"))
    for network, optimizer in ((gan.generator, gan.g_optimizer), (gan.discriminator, gan.d_optimizer)):
        for weight in network.parameters():
            weight.grad = torch.zeros_like(weight)
        optimizer.step()
    return checkpoint.save(run, settings, gan, torch.zeros(settings.samples.count, settings.model.latent_dim), Progress(step=1))


def refusal(run: RunDirectory) -> str:
    """Why the newest checkpoint is not read."""
    with pytest.raises(UserError) as caught:
        checkpoint.load_newest(run)
    return str(caught.value)


@pytest.mark.parametrize("preset", config.shipped_presets())
def test_what_the_trainer_writes_is_accepted(preset: str, tmp_path: Path) -> None:
    settings = config.resolve(preset)
    path = save(directory.create(tmp_path, settings, "own"), settings)
    with path.open("rb") as file:
        checkpoint_file.check(file, build.checkpoint_bytes(settings))
    assert path.stat().st_size < build.checkpoint_bytes(settings) / 1.2


def test_it_comes_back_as_it_was(run: RunDirectory) -> None:
    loaded, skipped = checkpoint.load_newest(run)
    assert loaded is not None
    assert (loaded.step, skipped) == (1, [])
    progress, latents = restore(loaded, SETTINGS, build.make_gan(SETTINGS, torch.device("cpu")))
    assert progress.step == 1
    assert torch.equal(latents, torch.zeros(4, 64))


def of_state(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Rewrites a checkpoint with another content."""

    def rewrite(path: Path) -> None:
        state = torch.load(path, weights_only=True)
        change(state)
        torch.save(state, path)

    return rewrite


def of_archive(change: Callable[[str, bytes], bytes], kind: int = zipfile.ZIP_STORED) -> Callable[[Path], None]:
    """Rewrites a checkpoint's archive part by part."""

    def rewrite(path: Path) -> None:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(path, "w", kind) as after:
            for name in before.namelist():
                after.writestr(name, change(name, before.read(name)))

    return rewrite


def pickled(content: bytes) -> Callable[[Path], None]:
    return of_archive(lambda name, data: content if name.endswith("data.pkl") else data)


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def laughing() -> object:
    """A thousand million numbers in six lists."""
    value: object = [1.0] * 32
    for _ in range(5):
        value = [value] * 32
    return value


def special(kind: str) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.unlink()
        match kind:
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
            case "zero":
                path.symlink_to("/dev/zero")
            case "loop":
                path.symlink_to(path)
            case "huge":
                path.touch()
                os.truncate(path, 20 << 30)

    return put


def bomb(path: Path) -> None:
    zeros = b"\0" * (100 * MEGABYTE)
    of_archive(lambda name, data: zeros if name.endswith("data/0") else data, zipfile.ZIP_DEFLATED)(path)


def twice(path: Path) -> None:
    """One part under many names of the archive's list."""
    with zipfile.ZipFile(path, "a") as archive:
        for entry in list(archive.infolist()) * 2000:
            archive.filelist.append(entry)
        archive._didModify = True  # type: ignore[attr-defined]


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("trapped",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (of_state(lambda state: state.update(version=torch.ones(3))), "not one of gan-tui's"),
        (of_state(lambda state: state.update(version=True)), "not one of gan-tui's"),
        (of_state(lambda state: state.update(step=torch.ones(()))), "not one of gan-tui's"),
        (of_state(lambda state: state.update(extra=torch.zeros(1).expand(10**6, 10**6))), "more numbers than it has"),
        (of_state(lambda state: state.update(extra=nested(200))), "too deep"),
        (of_state(lambda state: state.update(extra=laughing())), "repeats itself"),
        (of_state(lambda state: state.update(extra=list(range(10**6)))), "too long"),
        (of_state(lambda state: state.update(extra=torch.zeros(2, 2).to_sparse())), "more than tensors"),
        (of_state(lambda state: state.update(extra=torch.zeros(30_000_000))), "no more than"),
        (of_archive(lambda _, data: data, zipfile.ZIP_DEFLATED), "compressed"),
        (bomb, "compressed"),
        (twice, "parts are larger|too long"),
        (of_archive(lambda name, data: data[:-4] if name.endswith("data/0") else data), "another size"),
        (pickled(b"\x80\x02]q\x01" + b"h\x01" * 100), "damaged"),
        (pickled(b"\x80\x02" + b"]" * 700_000), "too long|damaged"),
        (pickled(b"\x80\x02r\xff\xff\xff\x7f."), "damaged"),
        (pickled(b"\x80\x02L" + b"9" * 100_000 + b"L\n."), "damaged"),
        (pickled(b""), "damaged"),
        (pickled(pickle.dumps(Trap(), 2)), "more than tensors"),
        (lambda path: torch.save({"version": 1}, path, _use_new_zipfile_serialization=False), "no file of torch.save"),
        (lambda path: path.write_bytes(b"PK\3\4" + b"\0" * MEGABYTE), "no file of torch.save"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "torn"),
        (special("pipe"), "no regular file"),
        (special("folder"), "it is a folder"),
        (special("zero"), "no regular file"),
        (special("loop"), "symbolic links"),
        (special("huge"), "no more than"),
    ],
)
def test_what_only_looks_like_a_checkpoint_is_refused(
    change: Callable[[Path], None], words: str, run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (_, path), *_ = checkpoint.list_newest_first(run)
    change(path)
    said = refusal(run)
    assert any(word in said for word in words.split("|")), said
    assert "\n" not in said
    assert len(said) < 1000
    assert not (tmp_path / "trapped").exists()


def test_a_pipe_is_passed_over_for_the_checkpoint_before(run: RunDirectory) -> None:
    os.mkfifo(run.checkpoints / "step-000000002.pt")
    loaded, skipped = checkpoint.load_newest(run)
    assert loaded is not None
    assert loaded.step == 1
    assert len(skipped) == 1
    checkpoint.remove_old(run, keep=1, step=2)
    assert os.path.lexists(run.checkpoints / "step-000000002.pt")


def test_a_link_to_a_checkpoint_is_read(run: RunDirectory, tmp_path: Path) -> None:
    (_, path), *_ = checkpoint.list_newest_first(run)
    path.rename(tmp_path / "elsewhere.pt")
    path.symlink_to(tmp_path / "elsewhere.pt")
    loaded, _ = checkpoint.load_newest(run)
    assert loaded is not None


def test_other_settings_are_named_and_not_repeated_at_length(run: RunDirectory) -> None:
    (_, path), *_ = checkpoint.list_newest_first(run)
    of_state(lambda state: state["settings"]["model"].update(hidden="x" * 1_000_000))(path)
    loaded, _ = checkpoint.load_newest(run)
    assert loaded is not None
    with pytest.raises(UserError, match=r"model\.hidden") as caught:
        restore(loaded, SETTINGS, build.make_gan(SETTINGS, torch.device("cpu")))
    assert len(str(caught.value)) < 500


def test_networks_beyond_the_memory_are_refused_before_it_is_taken(run: RunDirectory) -> None:
    settings = config.override(SETTINGS, {"model": {"hidden": 65_536, "hidden_layers": 64}})
    with pytest.raises(SettingsError, match=r"lower model\.hidden"):
        build.make_gan(settings, torch.device("cpu"))
    directory.write_settings(run, settings)
    with pytest.raises(SettingsError, match=r"lower model\.hidden"):
        sampling.sample(run, 1, 0)
