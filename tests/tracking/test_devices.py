"""Numbers on their way from a GPU, with page-locked memory that is none: what is asked of torch, and when."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch

from gan_tui.tracking.devices import SLOTS, Arriving
from gan_tui.tracking.numbers import Numbers


@dataclass
class Card:
    """What torch is told of a GPU."""

    capturing: bool = False


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    """A copy that is asked for has arrived at once."""
    found, zeros = Card(), torch.zeros

    def locked(*shape: int, pin_memory: bool = False, **options: Any) -> torch.Tensor:
        assert pin_memory
        return zeros(*shape, **options)

    monkeypatch.setattr(torch, "zeros", locked)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: found.capturing)
    return found


def test_numbers_arrive_by_their_names(card: Card) -> None:
    assert not card.capturing
    arriving = Arriving()
    arriving.add("d_loss", torch.tensor(0.5, requires_grad=True))
    arriving.add("g_loss", torch.tensor([1.5]))
    arriving.send()
    assert [(name, value) for _, name, value in arriving.receive()] == [("d_loss", 0.5), ("g_loss", 1.5)]
    assert arriving.receive() == []


def test_nothing_is_sent_into_a_graph_that_is_being_captured(card: Card) -> None:
    arriving = Arriving()
    card.capturing = True
    arriving.add("d_loss", torch.tensor(0.5))
    arriving.send()
    assert arriving.receive() == []


def test_where_no_way_is_free_numbers_are_passed_over(card: Card) -> None:
    assert not card.capturing
    arriving = Arriving()
    for value in range(SLOTS + 3):
        arriving.add("loss", torch.tensor(float(value)))
        arriving.send(value)
    assert [(when.step, value) for when, _, value in arriving.receive()] == [(step, float(step)) for step in range(SLOTS)]


def test_what_lies_on_another_device_is_read_later_and_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    class Array:
        """As one of JAX: reading it waits for its device."""

        def __float__(self) -> float:
            reads.append(1)
            return 2.5

    monkeypatch.setattr(Array, "__module__", "jaxlib.xla_extension")
    numbers = Numbers()
    for _ in range(100):
        numbers.add({"loss": Array()})
    assert not reads
    assert numbers.take(all_of_it=True).rows[-1].means == {"loss": 2.5}
    assert len(reads) < 10


class Array(float):
    """As one of JAX."""


def test_what_arrives_later_is_of_the_step_at_which_it_was_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Array, "__module__", "jaxlib.xla_extension")
    monkeypatch.setattr("gan_tui.tracking.numbers.DEVICE_SECONDS", 0.0)
    numbers = Numbers()
    for step in range(1, 4):
        numbers.add({"lr": float(step), "loss": Array(10 * step)}, step)
    found = numbers.take(all_of_it=True)
    assert [(row.step, row.means) for row in found.rows] == [(step, {"lr": step, "loss": 10 * step}) for step in (1, 2, 3)]


def test_what_arrives_behind_a_later_row_is_one_mean_at_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Array, "__module__", "jaxlib.xla_extension")
    monkeypatch.setattr("gan_tui.tracking.numbers.DEVICE_SECONDS", 0.0)
    monkeypatch.setattr("gan_tui.tracking.numbers.LATER_SECONDS", 60.0)
    numbers = Numbers()
    for step in (1, 2):
        numbers.add({"lr": float(step), "loss": Array(10 * step)}, step)
    assert [(row.step, row.means) for row in numbers.take().rows] == [(1, {"lr": 1.0}), (2, {"lr": 2.0})]
    numbers.add({"lr": 3.0, "loss": Array(30)}, 3)
    found = numbers.take(all_of_it=True)
    assert [(row.step, row.means) for row in found.rows] == [(3, {"lr": 3.0, "loss": 20.0})]
