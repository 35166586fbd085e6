"""What `--over` may say of a search, and what its values mean in settings."""

import pytest

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.sweep.space import dimension_of, labels, settings_of


def test_ranges_and_choices_are_read() -> None:
    rate = dimension_of("lr=log:3e-5..3e-3")
    assert (rate.name, rate.keys, rate.low, rate.high, rate.log, rate.whole) == ("lr", config.RATES, 3e-5, 3e-3, True, False)
    assert not dimension_of("loss.r1=0.5..10").log
    steps = dimension_of("train.d_steps=1..5")
    assert (steps.whole, steps.text(3), steps.share(5)) == (True, "3", 1.0)
    assert dimension_of("loss.name=hinge, wasserstein").choices == ("hinge", "wasserstein")
    assert dimension_of("train.batch_size=50,100").text("50") == "50"
    both = dimension_of("loss.r1,loss.r2=0..8")
    assert labels([both, rate]) == ["r1+", "lr"]
    settings = settings_of(config.resolve(), [rate, both], [1e-3, 2.0])
    assert (settings.optimizer.d_lr, settings.optimizer.g_lr, settings.loss.r1, settings.loss.r2) == (1e-3, 1e-3, 2.0, 2.0)
    assert (rate.edge(3.1e-5), rate.edge(2.9e-3), rate.edge(3e-4)) == ("low", "high", "")


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ("loss.r1", "says no values"),
        ("loss.r1=", "no list"),
        ("loss.r1=5..1", "is no range of numbers"),
        ("loss.r1=log:0..1", "is no range of numbers"),
        ("loss.r1=nan..1", "is no range of numbers"),
        ("loss.r1=0..inf", "is no range of numbers"),
        ("train.d_steps=1..2.5", "is no range of whole numbers"),
        ("loss.name=hinge", "no list"),
        ("loss.name=hinge,hinge", "no list"),
        ("nothing=1..2", "no setting is called 'nothing'"),
        ("train.epochs=1..9", "train.epochs cannot be swept"),
    ],
)
def test_what_cannot_be_searched_is_one_line(over: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        dimension_of(over)
