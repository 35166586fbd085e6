"""`train.precision = auto`: bfloat16 where the machine has it and the preset says that its quality holds, and what is said of it."""

from pathlib import Path

import pytest
import torch

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.run import events
from gan_tui.training import precision
from gan_tui.training.distributed.ranks import Ranks
from tests.conftest import SMALL, Cli, events_of

CPU = torch.device("cpu")


def settings(precision: str = "auto", *, holds: bool) -> RunConfig:
    return config.resolve(tables=[{"train": {"precision": precision, "bfloat16_holds": holds}}])


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("processor: 0\nflags\t\t: fpu avx512f avx512_bf16 sse\n", True),
        ("flags : fpu amx_bf16\n", True),
        ("processor: 0\nFeatures : fp asimd bf16\n", True),
        ("flags : fpu avx512f\nmodel name : avx512_bf16 of a name\n", False),
        ("", False),
    ],
)
def test_what_a_processor_says_of_itself(tmp_path: Path, text: str, has: bool) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert precision.multiplies_bfloat16(CPU, tmp_path / "cpuinfo") is has
    assert not precision.multiplies_bfloat16(CPU, tmp_path / "nothing")
    assert not precision.multiplies_bfloat16(torch.device("mps"), tmp_path / "cpuinfo")


@pytest.mark.parametrize("has", [True, False])
@pytest.mark.parametrize("holds", [True, False])
def test_auto_is_bfloat16_where_both_say_so(has: bool, holds: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _device: has)
    found = precision.resolve(settings(holds=holds), CPU, Ranks())
    assert found.train.precision == ("bfloat16" if has and holds else "float32")
    said = precision.explain(settings(holds=holds), CPU, found.train.precision) or ""
    assert found.train.precision in said
    assert ("is not measured" in said) is not holds
    assert ("no faster in bfloat16" in said) is (holds and not has)


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_a_chosen_precision_stays(wanted: str) -> None:
    assert precision.resolve(settings(wanted, holds=True), CPU, Ranks()) == settings(wanted, holds=True)
    assert precision.explain(settings(wanted, holds=True), CPU, wanted) is None


def test_classic_computes_as_the_tutorial_does() -> None:
    assert config.resolve("classic").train.precision == "float32"


def test_it_is_said_in_the_log_and_in_run_toml(cli: Cli) -> None:
    words = ("--set", "train.precision=auto", "--set", "train.bfloat16_holds=true", "--set", "evaluation.budget=0")
    done = cli("--headless", "--epochs", "1", "--batch-size", "75", "--name", "auto", *words, *SMALL)
    assert done.returncode == 0, done.stderr
    chosen = "bfloat16" if precision.multiplies_bfloat16(CPU) else "float32"
    saved, environment = config.read_run_toml(cli.run("auto").config_file)
    assert (saved.train.precision, environment["precision"]) == ("auto", chosen)
    notes = [event.text for event in events_of(cli.run("auto"), events.Note) if isinstance(event, events.Note)]
    (note,) = [text for text in notes if text.startswith("computes in")]
    assert chosen in note
