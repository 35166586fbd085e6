"""The training of a style network, step by step."""

import copy
from typing import Any

import pytest
import torch

from gan_tui.config import StyleNetConfig
from gan_tui.style import feed_forward
from gan_tui.style.features import shipped
from gan_tui.style.style_network import StyleNetwork
from gan_tui.training.randomness import Randomness
from gan_tui.training.transfer.loop import weights_of

RANDOM = torch.Generator().manual_seed(0)
PHOTOGRAPHS = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8, generator=RANDOM)
STYLE = torch.rand(1, 3, 32, 32, generator=RANDOM)


def network() -> StyleNetwork:
    return StyleNetwork(
        shipped(), PHOTOGRAPHS, PHOTOGRAPHS[:1], [STYLE], weights_of(StyleNetConfig()), epochs=2, batch_size=2, rate=0.002,
        random=Randomness(0, torch.device("cpu")).at,
    )  # fmt: skip


def in_another_order(state: dict[str, Any]) -> dict[str, Any]:
    """As a process has saved it that had read its file the other way round."""
    count, optimizer = len(state["tensors"]), state["optimizer"]
    moments = {count - 1 - number: one for number, one in optimizer["state"].items()}
    return state | {"tensors": dict(reversed(state["tensors"].items())), "optimizer": optimizer | {"state": moments}}


@pytest.mark.parametrize("saved_so", [False, True])
def test_it_goes_on_though_its_file_is_read_in_another_order(saved_so: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """safetensors gives the tensors of a file in an order of its own in each process, and Adam knows them by their number."""
    first = network()
    first.advance()
    state = copy.deepcopy(first.state_dict())  # as from a file: its tensors are those that are trained
    known = feed_forward.shipped_tensors()
    monkeypatch.setattr(feed_forward, "shipped_tensors", lambda: dict(reversed(known.items())))
    second = network()
    second.load_state_dict(in_another_order(state) if saved_so else state)
    first.advance()
    second.advance()
    assert second.step == 2
    assert all(torch.equal(second.tensors[name], tensor) for name, tensor in first.tensors.items())
