"""Which library multiplies float32 matrices on a CPU: chosen by trial, kept by checkpoints, never at the price of exactness."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from gan_tui import Trainer, config
from gan_tui.config import RunConfig
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Note, Started
from gan_tui.run.log import read_all
from gan_tui.training import build, checkpoint, products
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.products import EXACT, GAIN, ON_AMD, Trial, choose, trial
from gan_tui.training.session import Session
from tests.training.quick import QUICK, give_few_images

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
SWITCH = products._switch()
pytestmark = pytest.mark.skipif(SWITCH is None, reason="this torch has no switch between libraries")
FAST, SLOW, ROUNDS = Trial(2 * GAIN, EXACT / 5), Trial(1.0, EXACT / 5), Trial(9.0, 2e-3)


class Disagreeing(Ranks):
    """Another rank cannot."""

    def agree(self, yes: bool) -> bool:  # noqa: ARG002
        return False


def settings_of(**train: object) -> RunConfig:
    return config.resolve(tables=[{"train": train}])


def tried(monkeypatch: pytest.MonkeyPatch, found: Trial) -> None:
    monkeypatch.setattr(products, "trial", lambda: found)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    with products.as_it_was():
        products.use(False)  # a run of another test may have left its own
        yield


def test_a_trial_leaves_everything_as_it_was() -> None:
    before, threads = SWITCH.fp32_precision, torch.get_num_threads()
    trial.cache_clear()
    found = trial()
    assert found.gain > 0
    assert found.off > 0
    assert (SWITCH.fp32_precision, torch.get_num_threads()) == (before, threads)


@pytest.mark.parametrize(("found", "name"), [(FAST, "onednn"), (SLOW, "torch"), (ROUNDS, "torch")])
def test_auto_takes_what_is_faster_and_as_exact(monkeypatch: pytest.MonkeyPatch, found: Trial, name: str) -> None:
    tried(monkeypatch, found)
    chosen, why = choose(settings_of(), CPU, Ranks())
    assert chosen == name
    assert products.in_short(found) in why, "and what was found"
    assert ("`--set train.products=torch`" in products.note(chosen, why)) is (name == "onednn"), "and what to type for the other one"
    assert products.in_short(found) in products.named(chosen, why)
    assert ("MKL" in products.named(chosen, "")) is (name == "torch" and torch.backends.mkl.is_available())
    assert (SWITCH.fp32_precision == "bf16") is (name == "onednn")


def test_on_amd_it_need_not_be_much_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, SLOW._replace(wanted=ON_AMD))
    assert choose(settings_of(), CPU, Ranks())[0] == "onednn"


def test_a_switch_that_changes_nothing_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a processor without AVX-512. Both were as fast then, and on AMD's that was called oneDNN."""
    monkeypatch.setattr(products, "_switch", lambda: SimpleNamespace(fp32_precision="none"))
    monkeypatch.setattr(products, "cpuinfo", lambda _: "AuthenticAMD")
    trial.cache_clear()
    try:
        chosen, why = choose(settings_of(), CPU, Ranks())
        assert (chosen, "no oneDNN" in why) == ("torch", True)
        assert choose(settings_of(products="onednn"), CPU, Ranks())[0] == "torch"
    finally:
        trial.cache_clear()


def test_products_are_float32_whatever_was_chosen() -> None:
    x, y = torch.randn(64, 700, generator=torch.manual_seed(0)), torch.randn(700, 64)
    exact = x.double() @ y.double()
    choose(settings_of(), CPU, Ranks())
    assert float(((x @ y).double() - exact).norm() / exact.norm()) < EXACT


def test_a_checkpoint_keeps_what_it_was_trained_with(monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, FAST)
    assert choose(settings_of(), CPU, Ranks(), "torch") == ("torch", "")
    tried(monkeypatch, SLOW)
    chosen, why = choose(settings_of(), CPU, Ranks(), "onednn")
    assert (chosen, products.named(chosen, why)) == ("onednn", "as before the resume"), "it is no faster, and that is no reason"
    assert products.note(chosen, why).startswith("oneDNN multiplies matrices, as before the resume; `--set")
    tried(monkeypatch, ROUNDS)
    chosen, why = choose(settings_of(), CPU, Ranks(), "onednn")
    assert chosen == "torch"
    assert "oneDNN is less exact" in why


@pytest.mark.parametrize("kept", ["", "torch", "onednn"])
@pytest.mark.parametrize("wanted", ["torch", "onednn"])
def test_a_person_may_say_which(monkeypatch: pytest.MonkeyPatch, wanted: str, kept: str) -> None:
    tried(monkeypatch, SLOW if wanted == "onednn" else FAST)
    assert choose(settings_of(products=wanted), CPU, Ranks(), kept) == (wanted, "as train.products says" if wanted == "onednn" else "")


def test_in_a_program_of_others_auto_leaves_the_switch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, FAST)
    before = SWITCH.fp32_precision
    with products.in_a_program():
        assert choose(settings_of(), CPU, Ranks()) == ("torch", "")
        assert SWITCH.fp32_precision == before
        assert choose(settings_of(), CPU, Ranks(), "onednn")[0] == "onednn", "as its checkpoint has it"
    assert SWITCH.fp32_precision == before
    assert choose(settings_of(), CPU, Ranks())[0] == "onednn"


def test_where_there_is_no_switch_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_switch", lambda: None)
    trial.cache_clear()
    try:
        assert choose(settings_of(), CPU, Ranks())[0] == "torch"
        assert trial().trouble in products.describe(trial())
    finally:
        trial.cache_clear()


def test_what_rounds_is_refused_even_then_and_all_ranks_take_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, ROUNDS)
    assert choose(settings_of(products="onednn"), CPU, Ranks())[0] == "torch"
    tried(monkeypatch, FAST)
    assert choose(settings_of(), CPU, Disagreeing())[0] == "torch"
    assert SWITCH.fp32_precision != "bf16"


@pytest.mark.parametrize(
    ("settings", "device"),
    [({}, GPU), ({"precision": "bfloat16"}, CPU), ({"engine": "compiled"}, CPU)],
)
def test_elsewhere_it_is_all_the_same(monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], device: torch.device) -> None:
    monkeypatch.setattr(products, "trial", lambda: pytest.fail("nothing is to be tried"))
    assert choose(settings_of(**settings), device, Ranks()) == ("", "")


def test_a_run_says_so_and_its_checkpoints_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, FAST)
    give_few_images(monkeypatch)
    meanwhile, before = set[str](), SWITCH.fp32_precision
    settings = {**QUICK, "train.products": "onednn"}
    trainer = Trainer("classic", settings, name="a", runs_dir=tmp_path, callbacks=[lambda *_: meanwhile.add(SWITCH.fp32_precision)])
    trainer.train(steps=2)
    tried(monkeypatch, SLOW)
    trainer.fit()
    run = RunDirectory(tmp_path / "a")
    log = list(read_all(run.events))
    assert [event.products for event in log if isinstance(event, Started)] == ["onednn", "onednn"]
    assert [event for event in log if isinstance(event, Note) and "train.products" in event.text]
    assert torch.load(checkpoint.list_newest_first(run)[0][1], weights_only=True)["products"] == "onednn"
    assert "bf16" in meanwhile
    assert SWITCH.fp32_precision == before, "a program multiplies as before"


def test_each_run_of_a_process_multiplies_as_it_was_to(monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, FAST)
    give_few_images(monkeypatch)
    changes = {"batch_size": 4, "threads": 1}
    settings = [
        config.override(config.resolve(), {"train": {**changes, "products": name}, "model": {"hidden": 8}}) for name in ("onednn", "torch")
    ]
    one, other = (Session(each, CPU, build.load_data(each, CPU), None, Ranks()) for each in settings)
    for session, on in ((one, True), (other, False), (one, True)):
        session.advance(1)
        assert (SWITCH.fp32_precision == "bf16") is on
