"""Whoever has mistyped a name is told the likeliest ones."""

import pytest

from gan_tui import config
from gan_tui.nearest import LONGEST, nearest, perhaps


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lr", ["optimizer.d_lr", "optimizer.g_lr"]),
        ("optimizer.lr", ["optimizer.d_lr", "optimizer.g_lr"]),
        ("g_lr", ["optimizer.g_lr"]),
        ("epohcs", ["train.epochs"]),
        ("hidden", ["model.hidden"]),
        ("batchsize", ["train.batch_size"]),
        ("num_epochs", ["train.epochs"]),
        ("latent_size", ["model.latent_dim"]),
        ("optimizer.d_rl", ["optimizer.d_lr"]),
        ("sede", ["train.seed"]),
        ("hidd", ["model.hidden"]),
        ("lr_d", ["optimizer.d_lr"]),
        ("foo", []),
        ("optimizer.foo", []),
        ("x", []),
        ("bar", []),
        ("nothing at all", []),
        ("", []),
    ],
)
def test_of_settings(word: str, meant: list[str]) -> None:
    assert nearest(word, [setting.key for setting in config.settings()]) == meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [("vae-2", "20261128-114234-vae-2"), ("vae", "20261128-114234-vae-2"), ("my-gan", "20261128-114234-my-gan"), ("3", "3")],
)
def test_of_runs_the_end_of_a_name_says_which(word: str, meant: str) -> None:
    assert nearest(word, ["2", "20261128-114234-vae-2", "20261128-114234-my-gan", "3"])[0] == meant


def test_of_a_long_word_the_beginning_counts() -> None:
    names = [setting.key for setting in config.settings()]
    word = "optimizer.d_lr" + "x." * 30
    assert max(map(len, names)) < LONGEST, "or a longer name could not be found"
    assert nearest(word + "y" * 200_000, names) == nearest(word[:LONGEST], names)
    assert nearest("\n" * 200_000, names) == []


def test_it_stands_behind_the_word() -> None:
    assert perhaps("styl-net", config.all_preset_names()) == " (style-net?)"
    assert perhaps("none", config.all_preset_names()) == ""
    assert nearest("a", []) == []


def test_every_name_that_train_takes_is_listed() -> None:
    assert {"classic", "style-net"} <= set(config.all_preset_names())
