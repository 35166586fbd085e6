"""What `--over` may say of a search, and what its values mean in settings."""

import pytest

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.sweep.space import check, dimension_of, labels, settings_of


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


def test_a_range_near_one_is_tried_everywhere_and_told_apart_on_the_screen() -> None:
    wide, narrow = dimension_of("optimizer.beta2=0.9..0.99999"), dimension_of("optimizer.beta2=0.999..0.9999")
    base = config.resolve()
    check(base, [wide])
    check(base, [narrow])
    tried = 0.9991234567890123
    assert settings_of(base, [narrow], [tried]).optimizer.beta2 == tried, "the journal's number"
    assert (wide.text(0.99999), narrow.text(tried)) == ("0.99999", "0.9991235")
    rate = dimension_of("lr=log:3e-5..3e-3")
    assert (rate.text(0.000123456), rate.setting(1e-5), rate.setting(2.0)) == ("0.0001235", "1e-05", "2")
    assert dimension_of("loss.r1=0..8").text(3.14159) == "3.142"


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
        ("data.dataset=mnist,fashion-mnist", "data.dataset cannot be swept: each value means other real images"),
    ],
)
def test_what_cannot_be_searched_is_one_line(over: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        dimension_of(over)
