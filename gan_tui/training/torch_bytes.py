"""What torch.save makes, in memory: a file is written in one go, or not at all."""

import io
from typing import Any

import torch
from torch import Tensor


def torch_bytes(state: object) -> memoryview:
    """Those of torch.save. Not straight into the file: of a full disk it makes a RuntimeError that does not say so."""
    buffer = io.BytesIO()
    torch.save(_with_own_memory(state), buffer)
    return buffer.getbuffer()


def _with_own_memory(state: Any) -> Any:
    """The same tensors, none of which is part of a larger one: torch.save writes all of that, the networks of other runs too."""
    if isinstance(state, dict):
        found = {key: _with_own_memory(value) for key, value in state.items()}
        return state if all(found[key] is value for key, value in state.items()) else found
    if isinstance(state, list):
        return [_with_own_memory(value) for value in state]
    is_part = isinstance(state, Tensor) and state.untyped_storage().nbytes() > state.nbytes
    return state.detach().clone() if is_part else state
