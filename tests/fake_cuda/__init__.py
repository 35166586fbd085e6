"""A card that is not there: torch's CUDA on a CPU, strict where CUDA is strict.

`card()` replaces what the trainer uses of torch.cuda, and two modes of torch watch every operation. A tensor "on the card" is one whose
storage bears a mark; operations between the card and the host are refused as CUDA refuses them. A captured graph is a real recording:
nothing runs while it is captured, and a replay runs the same operations on the same memory, so that whatever Python computes in between
(a learning rate that is a float, a batch's number) is as frozen as in a CUDA graph.

What it cannot show stands in docs/gpu.md: kernels' numbers, streams that race, the driver's own errors, time.
"""

from tests.fake_cuda.card import Card, card

__all__ = ["Card", "card"]
