"""Networks and losses of a person's own: run as any others, checked before they are, and never imported unasked."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

import gan_tui
from gan_tui import Trainer, config, memory, own_code
from gan_tui.cli.group import cli as commands
from gan_tui.errors import SettingsError, UserError
from gan_tui.losses import LOSSES
from gan_tui.run import directory
from gan_tui.run.log import read_state
from gan_tui.training import build
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.eager import EagerEngine
from gan_tui.training.engines.manual_grad import ManualGradEngine
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.own_loss import pair_of
from gan_tui.training.randomness import Randomness
from tests.training.quick import QUICK, give_few_images

NETWORKS = """
import torch
from torch import nn

def make(latent_dim, shape, classes):
    generator = nn.Sequential(nn.Linear(latent_dim, 784), nn.Tanh(), nn.Unflatten(1, shape))
    return generator, nn.Sequential(nn.Flatten(), nn.Linear(784, 4), nn.BatchNorm1d(4), nn.LeakyReLU(0.2), nn.Linear(4, 1))

class Told(nn.Module):
    def __init__(self, first, second, classes):
        super().__init__()
        self.first, self.embed, self.second = first, nn.Embedding(classes, 8), second

    def forward(self, x, y):
        return self.second(self.first(x) + self.embed(y))

def told(latent_dim, shape, classes):
    generator = Told(nn.Linear(latent_dim, 8), nn.Sequential(nn.Linear(8, 784), nn.Unflatten(1, shape)), classes)
    return generator, Told(nn.Sequential(nn.Flatten(), nn.Linear(784, 8)), nn.Linear(8, 1), classes)
"""
LOSS = """
from torch.nn.functional import relu, softplus

def hinge(real, fake):
    return relu(1 - real).mean() + relu(1 + fake).mean(), -fake.mean()

def pairs(real, fake):
    return softplus(fake - real).mean(), softplus(real - fake).mean()
"""


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What one test allows is not remembered in the next."""
    give_few_images(monkeypatch)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(own_code, "_named", set())
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path / "runs"))


Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Put a module into the working directory."""
    monkeypatch.chdir(tmp_path)

    def written(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return written


def test_they_train_resume_and_are_sampled(write: Write, tmp_path: Path) -> None:
    write("nets", NETWORKS)
    write("cost", LOSS)
    changes = {**QUICK, "model.family": "nets:make", "loss.name": "cost:pairs"}
    whole, halves = (Trainer("classic", changes, name=name) for name in ("whole", "halves"))
    whole.fit()
    halves.train(steps=3)
    assert Trainer.resume("halves").fit().state == "completed"
    weights = [torch.load(tmp_path / "runs" / name / "generator.pt", weights_only=True) for name in ("whole", "halves")]
    assert list(weights[0]) == ["0.weight", "0.bias"]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert gan_tui.load_generator("whole").sample(2).shape == (2, 1, 28, 28)
    state = read_state(tmp_path / "runs" / "whole" / "events.jsonl")
    objective = state.objective("cost:pairs")
    assert objective is not None
    assert objective.equilibrium == pytest.approx(LOSSES["relativistic"].objective.equilibrium)
    assert any(f"model.family = nets:make, of {tmp_path / 'nets.py'}" in entry.text for entry in state.entries)


DRAWING = """
def noisy(real, fake):
    return (softplus(-real) * torch.rand_like(real)).mean() + softplus(fake).mean(), softplus(-fake).mean()
"""


@pytest.mark.parametrize("family", ["nets:dropping", "mlp"])
def test_what_they_draw_is_the_seed_s_and_goes_on(write: Write, tmp_path: Path, family: str) -> None:
    write(
        "nets", NETWORKS + "\ndef dropping(**told):\n    pair = make(**told)\n    return pair[0], nn.Sequential(nn.Dropout(0.5), pair[1])\n"
    )
    write("cost", f"import torch\n{LOSS}{DRAWING}")
    changes = {**QUICK, "model.family": family, "loss.name": "cost:noisy"}
    Trainer("classic", changes, name="whole").fit()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    halves = Trainer("classic", changes, name="halves")
    halves.train(steps=2)
    assert torch.equal(torch.get_rng_state(), state), "the program's own numbers are its own"
    torch.rand(3)
    assert Trainer.resume("halves").fit().state == "completed"
    whole, resumed = (torch.load(tmp_path / "runs" / name / "generator.pt", weights_only=True) for name in ("whole", "halves"))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_they_are_told_classes(write: Write) -> None:
    write("nets", NETWORKS)
    assert Trainer("classic", {**QUICK, "model.family": "nets:told", "model.conditional": True}, name="told").fit().state == "completed"
    assert gan_tui.load_generator("told").sample(3, labels=7).shape == (3, 1, 28, 28)


@pytest.mark.parametrize(("name", "like"), [("hinge", "hinge"), ("pairs", "relativistic")])
def test_a_loss_is_computed_by_every_engine_as_ours_is(write: Write, name: str, like: str) -> None:
    write("cost", LOSS)
    own_code.allow("loss.name", f"cost:{name}")
    assert pair_of(f"cost:{name}").objective.g_sees_real == LOSSES[like].objective.g_sees_real
    rows = []
    for loss, engine in ((like, EagerEngine), (f"cost:{name}", EagerEngine), (f"cost:{name}", ManualGradEngine)):
        settings = config.resolve(tables=[{"model": {"hidden": 8}, "loss": {"name": loss}, "train": {"batch_size": 4}}])
        images = build.load_data(settings, torch.device("cpu")).flat
        inputs = TrainingInputs(build.make_gan(settings, torch.device("cpu")), images, Randomness(0, torch.device("cpu")), 4, 64)
        made = engine(inputs)
        made.begin_epoch(torch.arange(12))
        rows.append(torch.cat([made.advance(step, step, 1).clone() for step in range(3)]))
    assert torch.equal(rows[0], rows[1])
    torch.testing.assert_close(rows[2], rows[1], rtol=1e-4, atol=1e-5)


SPOILT = """
from torch.nn.functional import softplus

calls, spoils = [], [0.0, 0.0]

def cost(real, fake):
    calls.append(1)
    return softplus(fake - real).mean() + spoils[0], softplus(-fake).mean() + spoils[1]
"""


@pytest.mark.parametrize("r1", [0.0, 1.0])
@pytest.mark.parametrize("which", [0, 1], ids=["D", "G"])
@pytest.mark.parametrize("engine", [EagerEngine, ManualGradEngine])
def test_a_loss_that_is_infinite_where_logits_are_finite_moves_no_weights(
    write: Write, engine: type[EagerEngine] | type[ManualGradEngine], which: int, r1: float
) -> None:
    """With written-out gradients only the logits were asked; and it is called once for each network, not twice."""
    write("cost", SPOILT)
    own_code.allow("loss.name", "cost:cost")
    settings = config.resolve(tables=[{"model": {"hidden": 8}, "loss": {"name": "cost:cost", "r1": r1}, "train": {"batch_size": 4}}])
    images = build.load_data(settings, torch.device("cpu")).flat
    gan = build.make_gan(settings, torch.device("cpu"))
    made = engine(TrainingInputs(gan, images, Randomness(0, torch.device("cpu")), 4, 64))
    made.begin_epoch(torch.arange(12))
    calls, spoils = sys.modules["cost"].calls, sys.modules["cost"].spoils
    calls.clear()
    assert made.advance(0, 0, 1).isfinite().all()
    assert len(calls) == 2
    spoils[which] = torch.inf
    network = (gan.discriminator, gan.generator)[which]
    before = [parameter.clone() for parameter in network.parameters()]
    assert made.advance(1, 1, 1)[0, which].isinf()
    assert all(torch.equal(*pair) for pair in zip(before, network.parameters(), strict=True))


ONCE = """
from torch.nn.functional import softplus

calls = []

def cost(real, fake):
    calls.append(1)
    return softplus(fake - real).mean() + (float("inf") if len(calls) == 7 else 0.0), softplus(-fake).mean()
"""
"""Of three GANs side by side, the first one's in D's second step: each is asked for D, then each for G."""


def test_of_gans_side_by_side_the_one_whose_loss_is_infinite_is_told_so_and_no_other(write: Write) -> None:
    """So it goes back to a checkpoint, whatever its weights are by then, and the others go on."""
    write("cost", ONCE)
    own_code.allow("loss.name", "cost:cost")
    settings = config.resolve(tables=[{"model": {"hidden": 8}, "loss": {"name": "cost:cost"}, "train": {"batch_size": 4}}])
    images = build.load_data(settings, torch.device("cpu")).flat
    several = [
        TrainingInputs(build.make_gan(settings, torch.device("cpu")), images, Randomness(0, torch.device("cpu")), 4, 64) for _ in range(3)
    ]
    engine = ManyEngine(several)
    for row in range(3):
        engine.begin_epoch(row, torch.arange(16))
    sys.modules["cost"].calls.clear()
    metrics = engine.advance([Place(row, 0, 0, 3, (True,) * 3) for row in range(3)])
    assert metrics[1, 0, 0].isinf()
    assert metrics[:, 1:].isfinite().all()
    assert torch.equal(metrics[:, 1], metrics[:, 2])
    assert all(parameter.isfinite().all() for inputs in several[1:] for parameter in inputs.gan.discriminator.parameters())


def test_a_loss_may_change_from_step_to_step(write: Write) -> None:
    """As one does that counts its calls. Steps from a tape had it as it was when they were recorded, for the rest of the run."""
    write("cost", SPOILT)
    own_code.allow("loss.name", "cost:cost")
    settings = config.resolve(tables=[{"model": {"hidden": 8}, "loss": {"name": "cost:cost"}, "train": {"batch_size": 4}}])
    images = build.load_data(settings, torch.device("cpu")).flat
    gan = build.make_gan(settings, torch.device("cpu"))
    made = ManualGradEngine(TrainingInputs(gan, images, Randomness(0, torch.device("cpu")), 4, 64))
    made.begin_epoch(torch.arange(12))
    spoils = sys.modules["cost"].spoils
    for step in range(6):
        spoils[:] = [100.0 * step, 1000.0 * step]
        losses = made.advance(step, step % 3, 1)[0, :2]
        assert all(0 <= loss - spoil < 50 for loss, spoil in zip(losses.tolist(), spoils, strict=True))


WRONG_NETWORKS = {
    "D gave (4, 2) for 4 images; a logit per image, (4, 1), is wanted": "nn.Linear(2, 784), nn.Sequential(nn.Flatten(), nn.Linear(784, 2))",
    "G gave (4, 10) for 4 latents; images (4, 1, 28, 28) are wanted": "nn.Linear(2, 10), nn.Linear(784, 1)",
    "the pair (G, D) is wanted, two torch.nn.Module": "nn.Linear(2, 784)",
    "gave int, int; the pair": "1, 2",
    "your G has no weights that can learn": "nn.Tanh(), nn.Linear(784, 1)",
    "0.weight of your D is float64; float32 is wanted": "nn.Linear(2, 784), nn.Sequential(nn.Linear(784, 1).double())",
    "no gradient reaches your G through D": "nn.Linear(2, 784), Cut()",
    "your G gave values that are not finite": "Broken(), nn.Sequential(nn.Flatten(), nn.Linear(784, 1))",
    "D, of images (4, 1, 28, 28) failed: RuntimeError": "nn.Linear(2, 784), nn.Linear(7, 1)",
    "ZeroDivisionError: division by zero": "1 / 0",
    "SystemExit: 3": "exit(3)",
    "use torch.nn.utils.parametrizations.weight_norm": "nn.utils.weight_norm(nn.Linear(2, 784)), nn.Linear(784, 1)",
    "weight of your D has no shape before the first batch": "nn.Linear(2, 784), nn.LazyLinear(1)",
    "weight of your G lies on the device meta": "nn.Linear(2, 784, device='meta'), nn.Linear(784, 1)",
    "1.weight of your D is weight of your G": "(g := nn.Linear(2, 784)), nn.Sequential(nn.Linear(784, 2), g, nn.Linear(784, 1))",
}


@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")
@pytest.mark.parametrize("words", WRONG_NETWORKS)
def test_networks_that_do_not_fit_are_one_line_and_no_run(write: Write, tmp_path: Path, words: str) -> None:
    more = "class Cut(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Flatten(), nn.Linear(784, 1))\n"
    more += "    def forward(self, x):\n        return super().forward(x.detach())\n"
    more += "class Broken(nn.Linear):\n    def __init__(self):\n        super().__init__(2, 784)\n"
    more += "    def forward(self, x):\n        return super().forward(x) / 0\n"
    write("wrong", f"{NETWORKS}{more}def factory(latent_dim, shape, classes):\n    return {WRONG_NETWORKS[words]}\n")
    trainer = Trainer("classic", {**QUICK, "model.family": "wrong:factory", "model.latent_dim": 2}, name="mine")
    with pytest.raises(SettingsError) as raised:
        trainer.fit()
    assert words in str(raised.value)
    assert str(raised.value).startswith("model.family = wrong:factory")
    assert "\n" not in str(raised.value)
    assert not any((tmp_path / "runs").iterdir())


def test_networks_without_classes_and_settings_with_them_have_the_way_out_named(write: Write) -> None:
    write("nets", NETWORKS)
    trainer = Trainer("classic", {**QUICK, "model.family": "nets:make", "model.conditional": True}, name="mine")
    with pytest.raises(SettingsError, match=r"take \(z, y\) and \(x, y\), or say --set model.conditional=false"):
        trainer.fit()


WRONG_LOSSES = {
    "your loss of D is float32 (16, 1); a mean over the images is wanted, float32 ()": "real - fake, fake.mean()",
    "gave Tensor; the pair (D's loss, G's loss) is wanted": "fake.mean()",
    "does not depend on the logits of generated images": "(fake - real).mean(), real.mean()",
    "no gradient reaches the logits": "(fake - real).detach().mean(), fake.mean()",
    "your loss of G is nan for logits near 0": "(fake - real).mean(), fake.abs().neg().sqrt().mean()",
    "failed: AttributeError": "real.median_of_means(), fake.mean()",
    "failed: SystemExit: 3": "exit(3)",
}


@pytest.mark.parametrize("words", WRONG_LOSSES)
def test_a_loss_that_does_not_fit_is_one_line(write: Write, words: str) -> None:
    write("wrong", f"def loss(real, fake):\n    return {WRONG_LOSSES[words]}\n")
    own_code.allow("loss.name", "wrong:loss")
    with pytest.raises(SettingsError) as raised:
        pair_of("wrong:loss")
    assert words in str(raised.value)


def test_a_run_from_elsewhere_imports_nothing_until_a_person_says_so(write: Write, tmp_path: Path) -> None:
    write("nets", NETWORKS)
    Trainer("classic", {**QUICK, "model.family": "nets:make"}, name="mine").fit()
    memory.file_of(own_code.RECORD).unlink()  # another machine's
    own_code._named.clear()
    write("nets", f"from pathlib import Path\nPath('imported').touch()\n{NETWORKS}")
    run = directory.RunDirectory(tmp_path / "runs" / "mine")
    assert run.config().model.family == "nets:make"
    with pytest.raises(UserError, match=r"is not run unasked: read .*nets.py, then allow it with `--model nets:make`"):
        gan_tui.load_generator("mine")
    with pytest.raises(UserError, match=r"`--model nets:make`"):
        Trainer.resume("mine", {"train.epochs": 3}).fit()
    asked = ["sample", "mine", "-n", "1", "-o", "grid.png"]
    assert isinstance(CliRunner().invoke(commands, asked).exception, UserError)
    other = CliRunner().invoke(commands, [*asked, "--model", "other:make"]).exception
    assert re.fullmatch(r"--model other:make: model\.family .*nets:make", str(other))
    assert not Path("imported").exists()
    assert CliRunner().invoke(commands, [*asked, "--model", "nets:make"]).exit_code == 0
    assert Path("imported").exists()
    assert gan_tui.load_generator("mine").sample(1).shape == (1, 1, 28, 28)


def test_the_same_name_in_another_folder_is_other_code(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("nets", NETWORKS)
    own_code.allow("model.family", "nets:make")
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(tmp_path)])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "nets.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"`--model nets:make`"):
        own_code.load("model.family", "nets:make")
    assert str(Path.cwd()) not in sys.path, "nothing else is to be found there either"
    own_code.allow("model.family", "nets:make")
    with pytest.raises(UserError, match=r"nets cannot be imported: SystemExit: imported \(.*nets.py, line 1\)"):
        own_code.load("model.family", "nets:make")


def test_code_that_is_allowed_as_networks_is_no_loss(write: Write) -> None:
    write("nets", NETWORKS)
    own_code.allow("model.family", "nets:make")
    own_code._named.clear()
    own_code.load("model.family", "nets:make")
    with pytest.raises(UserError, match=r"loss.name = nets:make .*`--loss nets:make`"):
        own_code.load("loss.name", "nets:make")


def test_a_preset_that_names_code_is_not_enough(write: Write) -> None:
    write("nets", NETWORKS)
    Path("mine.toml").write_text('[model]\nfamily = "nets:make"\n')
    with pytest.raises(UserError, match=r"`--model nets:make`"):
        Trainer("./mine.toml", QUICK).fit()
    assert Trainer("./mine.toml", {**QUICK, "model.family": "nets:make"}).fit().state == "completed"
    assert Trainer("./mine.toml", QUICK).fit().state == "completed"


@pytest.mark.parametrize("name", ["nowhere:make", "nowhere.at.all:make"])
def test_a_module_that_is_missing_is_one_line(write: Write, tmp_path: Path, name: str) -> None:
    write("nets", NETWORKS)
    with pytest.raises(UserError, match=f"model.family = {name}: there is no module `nowhere` in {tmp_path}"):
        Trainer("classic", {"model.family": name})
    with pytest.raises(UserError, match="expected mlp"):
        Trainer("classic", {"model.family": "nets.make"})
    with pytest.raises(UserError, match=r"nets.py has no `other`"):
        Trainer("classic", {**QUICK, "model.family": "nets:other"}).fit()
