"""How many grids of samples a run leaves: bounded, however short its epochs are."""

from itertools import pairwise

from gan_tui.training.loop import grids_of, has_grid, is_early


def test_long_epochs_have_a_grid_each() -> None:
    assert all(has_grid(epoch, 600) for epoch in range(1, 1_000))


def test_short_epochs_fill_no_disk() -> None:
    written = [epoch for epoch in range(1, 50_001) if has_grid(epoch, 1)]
    assert written[:50] == list(range(1, 51)), "the first ones"
    assert written[50:53] == [60, 70, 80]
    assert len(written) < 200
    assert all(later / earlier <= 2 for earlier, later in pairwise(written)), "no long gap in a film"


def test_what_is_told_beforehand_is_what_is_written() -> None:
    for epochs in (0, 1, 49, 50, 51, 60, 499, 500, 501, 7_654):
        for steps in (1, 600):
            early = sum(is_early(step - 1, step, steps) for step in range(1, steps * min(1, epochs) + 1))
            assert grids_of(epochs, steps) == early + sum(has_grid(epoch, steps) for epoch in range(1, epochs + 1)), epochs


def test_a_long_first_epoch_has_grids_within() -> None:
    assert [step for step in range(1, 1_000) if is_early(step - 1, step, 430)] == [30, 100, 300]
    assert is_early(20, 50, 430), "several steps at once"
    assert not any(is_early(step - 1, step, 99) for step in range(1, 1_000)), "a short epoch ends soon"
    assert not is_early(299, 300, 300), "its own grid"
