"""Numbers on their way from a GPU, with page-locked memory that is none: what is asked of torch, and when."""

import sys
from types import SimpleNamespace

import pytest
import torch

from gan_tui.tracking.devices import SLOTS, Arriving
from gan_tui.tracking.numbers import Numbers


class Card:
    """Stands in for torch. A copy that is asked for without waiting arrives when the card has come to it."""

    def __init__(self) -> None:
        self.capturing = False
        self.int32, self.float64, self.Tensor = torch.int32, torch.float64, torch.Tensor
        self.cuda = SimpleNamespace(is_current_stream_capturing=lambda: self.capturing)

    def zeros(self, *shape: int, dtype: torch.dtype, pin_memory: bool) -> torch.Tensor:
        assert pin_memory
        return torch.zeros(*shape, dtype=dtype)

    def ones(self, count: int, dtype: torch.dtype, device: object) -> torch.Tensor:
        del device
        return torch.ones(count, dtype=dtype)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    found = Card()
    monkeypatch.setitem(sys.modules, "torch", found)
    return found


def test_numbers_arrive_by_their_names(card: Card) -> None:
    assert not card.capturing
    arriving = Arriving()
    arriving.add("d_loss", torch.tensor(0.5, requires_grad=True))
    arriving.add("g_loss", torch.tensor([1.5]))
    arriving.send()
    assert arriving.receive() == [("d_loss", 0.5), ("g_loss", 1.5)]
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
        arriving.send()
    assert arriving.receive() == [("loss", float(value)) for value in range(SLOTS)]


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
    assert numbers.take(all_of_it=True).means == {"loss": 2.5}
    assert len(reads) < 10
