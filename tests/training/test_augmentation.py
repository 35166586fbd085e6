"""Augmentation: what D sees, that gradients go through it, that nobody else sees it, and how it is steered."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gan_tui import augmentation, config
from gan_tui.augmentation import NUMBERS, Augmentation, diff_augment
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.training import checkpoint, engines, few_images, scoring
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.session import Session
from tests.conftest import SMALL, Cli

CPU = torch.device("cpu")
ALWAYS, NEVER = torch.ones(()), torch.zeros(())
SHAPE = (3, 8, 10)
DATA = Dataset("some", torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)),
               torch.zeros(10, 1, 28, 28, dtype=torch.uint8))  # fmt: skip


def settings(augment: str, preset: str = "classic", **loss: object) -> RunConfig:
    model = {"hidden": 8} if preset in ("classic", "mlp-r3") else {"channels": 2, "latent_dim": 4}
    return config.resolve(
        preset, tables=[{"train": {"batch_size": 16, "augment": augment}, "model": model, "loss": loss, "data": {"validation": 0}}]
    )


def session(of: RunConfig) -> Session:
    labelled = replace(DATA, labels=torch.arange(64) % 10, test_labels=torch.arange(10), classes=10)
    return Session(of, CPU, labelled if of.model.conditional else DATA, None, Ranks())


def images(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 3 * 8 * 10, generator=torch.Generator().manual_seed(2)) * 2 - 1


def drawn(**fixed: float) -> torch.Tensor:
    """Numbers that change nothing but where `fixed` says otherwise, for 4 images."""
    numbers = torch.full((4, NUMBERS), 0.5)
    numbers[:, :3] = 1.0
    for index, value in fixed.items():
        numbers[:, int(index[1:])] = value
    return numbers


def test_with_probability_0_nothing_is_changed() -> None:
    numbers = torch.rand(4, NUMBERS)
    torch.testing.assert_close(diff_augment(images(), numbers, SHAPE, NEVER), images())


def test_each_kind_does_what_it_says() -> None:
    x = images().view(-1, *SHAPE)

    def seen(**fixed: float) -> torch.Tensor:
        return diff_augment(images(), drawn(**fixed), SHAPE, ALWAYS).view(-1, *SHAPE)

    torch.testing.assert_close(seen(n0=0.0, n3=1.0), x + 0.5)
    torch.testing.assert_close(seen(n0=0.0, n4=0.0), x.mean(1, keepdim=True).expand_as(x))
    mean = x.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(seen(n0=0.0, n5=0.0), mean + (x - mean) / 2)
    moved = seen(n1=0.0, n6=1.0, n7=0.0)  # an eighth, down and to the left
    torch.testing.assert_close(moved[:, :, 1:, :-1], x[:, :, :-1, 1:])
    assert not moved[:, :, 0].any()
    assert not moved[:, :, :, -1].any()
    covered = seen(n2=0.0)
    assert not covered[:, :, 2:6, 3:7].any()
    assert int((covered == 0).sum()) == pytest.approx(4 * 3 * 4 * 5, abs=4 * 3 * 4)
    torch.testing.assert_close(covered[:, :, :2], x[:, :, :2])


@pytest.mark.parametrize(("side", "most"), [(28, 4), (32, 4), (64, 8)])
def test_every_distance_is_as_likely(side: int, most: int) -> None:
    """A column that is moved by numbers at equal distances, the ends of their range among them."""
    count = 100 * (2 * most + 1) + 1
    numbers = torch.zeros(count, NUMBERS)
    numbers[:, 0] = numbers[:, 2] = 1
    numbers[:, 6], numbers[:, 7] = 0.5, torch.linspace(0, 1, count)
    line = torch.zeros(1, side, side)
    line[..., side // 2] = 1
    moved = diff_augment(line.flatten().expand(count, -1), numbers, (1, side, side), torch.full((), 0.5))
    found, counts = moved.view(count, side, side)[:, 0].argmax(1).sub(side // 2).unique(return_counts=True)
    assert found.tolist() == list(range(-most, most + 1))
    assert counts.max() - counts.min() <= 2


def test_gradients_go_through_it_twice() -> None:
    x = images(1).double().requires_grad_()
    numbers = torch.rand(1, NUMBERS, generator=torch.Generator().manual_seed(3)).double()
    numbers[:, :3] = 0
    assert torch.autograd.gradcheck(lambda x: diff_augment(x, numbers, SHAPE, ALWAYS).square(), x)
    assert torch.autograd.gradgradcheck(lambda x: diff_augment(x, numbers, SHAPE, ALWAYS).square(), x)


@pytest.mark.parametrize(
    ("preset", "loss"),
    [
        ("classic", {}),
        ("classic", {"shared_fakes": True}),
        ("mlp-r3", {}),
        ("mlp-r3", {"penalty": "fd"}),
        ("wgan-gp", {}),
        ("sn-hinge", {}),
    ],
)
@pytest.mark.parametrize("augment", ["diffaugment", "ada"])
def test_every_loss_and_penalty_trains_with_it(preset: str, loss: dict[str, object], augment: str) -> None:
    begun = session(settings(augment, preset, **loss))
    assert begun.engine.name == "eager"
    before = [parameter.clone() for parameter in begun.gan.discriminator.parameters()]
    for _ in range(2):
        assert begun.advance().isfinite().all()
    assert any(not torch.equal(was, now) for was, now in zip(before, begun.gan.discriminator.parameters(), strict=True))


def test_samples_previews_and_scores_are_never_augmented(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same weights give the same images and scores to the bit, with and without."""
    plain = session(config.override(settings("none"), {"train": {"engine": "eager"}}))
    augmented = session(settings("diffaugment"))
    augmented.advance()
    plain.gan.generator.load_state_dict(augmented.gan.generator.state_dict())
    plain.gan.discriminator.load_state_dict(augmented.gan.discriminator.state_dict())

    def refuse(*_: object) -> torch.Tensor:
        raise AssertionError("augmented outside of a step")

    monkeypatch.setattr(augmentation, "diff_augment", refuse)
    with pytest.raises(AssertionError):
        augmented.advance()
    made = [scoring.generate(one.sampler, one.fixed_latents, None) for one in (plain, augmented)]
    assert torch.equal(*made)
    assert torch.equal(*(scoring.score(one.gan.discriminator, made[0], None) for one in (plain, augmented)))
    assert torch.equal(*(scoring.score(one.gan.discriminator, one.images, None) for one in (plain, augmented)))


def test_the_probability_follows_the_held_out_gap() -> None:
    augment = augmentation.make("ada", SHAPE, CPU)
    assert augment is not None
    assert float(augment.state[0]) == 0
    for _ in range(250):
        augment.steer(torch.tensor(0.9), 100)
    assert float(augment.state[0]) == pytest.approx(1.0, abs=1e-3), "100,000 images, of which every fourth step speaks, lead from 0 to 1"
    for _ in range(125):
        augment.steer(torch.tensor(0.5), 100)
    assert float(augment.state[0]) == pytest.approx(0.5, abs=1e-3)
    assert augmentation.make("none", SHAPE, CPU) is None
    always = augmentation.make("diffaugment", SHAPE, CPU)
    assert isinstance(always, Augmentation)
    assert float(always.state[0]) == 1


@pytest.mark.parametrize("preset", ["classic", "dcgan", "sn-hinge", "conv-small"])
def test_d_is_compared_on_images_that_it_never_sees_and_learns_nothing_of_them(preset: str) -> None:
    """Every fourth step; weights, batch statistics and the vectors of spectral normalisation come out as without."""
    began = [session(settings("ada", preset)) for _ in range(2)]
    other, never = began
    never.engine._inputs = never.engine._inputs._replace(unseen=None)  # type: ignore[attr-defined]
    read = []
    for one in began:
        assert one.gan.augment is not None
        one.gan.augment.state[0] = 0.5
    for _ in range(5):
        other.advance()
        assert other.gan.augment is not None
        read.append(float(other.gan.augment.state[1]))
        other.gan.augment.state[0] = 0.5
        never.advance()
    changes = [before != after for before, after in zip([0.5, *read], read, strict=False)]
    assert changes == [True, False, False, False, True], "there are 10 held-out images, all alike, and 16 others in a batch"
    wanted = never.gan.discriminator.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in other.gan.discriminator.state_dict().items())


def test_a_resumed_run_goes_on_with_the_same_probability(tmp_path: Path) -> None:
    told = settings("ada")
    whole, first = session(told), session(told)
    for one, steps in ((whole, 6), (first, 3)):
        assert one.gan.augment is not None
        one.gan.augment.state[0] = 0.7
        for _ in range(steps):
            one.advance()
    run = directory.create(tmp_path, told, "ada")
    checkpoint.save(run, told, first.gan, first.fixed_latents, first.progress)
    loaded, _ = checkpoint.load_newest(run)
    second = Session(told, CPU, DATA, loaded, Ranks())
    for _ in range(3):
        second.advance()
    assert second.gan.augment is not None
    assert whole.gan.augment is not None
    assert torch.equal(second.gan.augment.state, whole.gan.augment.state)
    wanted = whole.gan.discriminator.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in second.gan.discriminator.state_dict().items())


def test_faster_engines_step_aside_with_a_word_or_refuse() -> None:
    assert session(settings("ada")).engine.notes == ["engine 'eager' is used: 'manual-grad' cannot train with train.augment = ada"]
    assert session(settings("none")).engine.name == "manual-grad"
    conditional = config.override(settings("none"), {"model": {"conditional": True}})
    assert session(conditional).engine.notes == ["engine 'eager' is used: 'manual-grad' cannot train with model.conditional"]
    assert session(settings("ada", "dcgan")).engine.notes == [], "no convolutional network is its business"
    for engine, device in (("manual-grad", "cpu"), ("compiled", "cpu"), ("graph", "cuda")):
        told = config.override(settings("diffaugment"), {"train": {"engine": engine}})
        with pytest.raises(UserError, match=r"train\.augment = diffaugment"):
            engines.choose(told, torch.device(device))
    with pytest.raises(UserError, match="a picture would leave its outline"):
        config.resolve("outline", tables=[{"train": {"augment": "ada"}}])


def test_how_much_is_augmented_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = session(settings("ada"))
    assert begun.gan.augment is not None
    begun.engine.notes.clear()
    begun.gan.augment.state[0] = 0.33
    monkeypatch.setattr("gan_tui.training.engines.eager.TELL_STEPS", 1)
    begun.advance()
    assert begun.engine.notes == [
        "augmentation (ada): each of its three kinds is done to 30% of what D sees, for D ranks a training image above a held-out one in "
        "50% of the cases; 60% is aimed at"
    ]


@pytest.mark.slow
def test_from_the_command_line(cli: Cli) -> None:
    done = cli("--headless", "--epochs", "1", "--batch-size", "150", "--augment", "diffaugment", "--name", "few", *SMALL)
    assert done.returncode == 0, done.stderr
    assert re.search("'manual-grad' .*train.augment = diffaugment", done.stderr)
    assert cli("resume", "few", "--headless", "--epochs", "2").returncode == 0


def test_few_images_are_augmented_unless_somebody_says_otherwise() -> None:
    def found(preset: str, images: int = 64, **train: object) -> tuple[str, list[str]]:
        told = config.override(settings("auto", preset), {"train": train})
        return few_images.resolve(told, images).train.augment, few_images.remarks(told, images)

    way, (why, short) = found("conv-small-uncond")
    assert way == "ada"
    assert why.startswith("augmentation is on (train.augment = auto: ada): 64 images are few")
    assert why.endswith("; --augment none turns it off")
    assert re.findall(r"--\w+ \w+|[\d,]*\d", short) == ["18", "64", "72", "--epochs 1000", "4,000", "--budget 10m"]
    assert found("conv-small-uncond", augment="none", budget="5m") == ("none", [])
    assert found("conv-small-uncond", few_images.FEW) == ("none", [])
    way, (why, _) = found("conv-small-uncond", engine="compiled")
    assert (way, why.startswith("augmentation is off: engine 'compiled' cannot do it")) == ("none", True)
    assert found("classic", budget="5m") == found("mlp-r3", budget="5m") == found("outline", budget="5m") == ("none", [])


def test_a_session_of_few_images_does_it_and_says_so() -> None:
    begun, plain = session(settings("auto", "conv-small-uncond")), session(settings("none", "conv-small-uncond"))
    assert begun.augment == "ada"
    assert begun.gan.augment is not None
    assert begun.gan.augment.adaptive
    assert begun.notes
    assert (plain.augment, plain.gan.augment) == ("none", None)
    assert begun.settings.train.augment == "auto", "as it was said: of other images it may be otherwise"
