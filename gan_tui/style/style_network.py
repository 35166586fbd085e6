"""A feed-forward network that is trained for one style: what a picture would be optimised to, in one pass.

Johnson, Alahi and Fei-Fei 2016 (arXiv:1603.08155), with instance norm (Ulyanov et al. 2016, arXiv:1607.08022) and resize convolutions
(Odena et al. 2016). Its layers are those of feed_forward.py, so what was trained here paints there. Dumoulin et al. 2017 found that a
network which knows some styles learns another one much sooner: that is where it begins, unless it shall not.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gan_tui.pixel_range import to_unit
from gan_tui.style import feed_forward
from gan_tui.style.distances import content_distance, gram_matrix, mixed, style_distance, total_variation
from gan_tui.style.features import CONTENT_LAYER, STYLE_LAYERS, FeatureNetwork
from gan_tui.style.feed_forward import FeedForward
from gan_tui.style.transfer import Distances, Weights

LAST_RATE = 0.1
"""Of the learning rate, at the end."""
BETAS = (0.9, 0.999)
LONGEST = 1.0
"""Of a gradient, as norm over all weights: one odd photograph shall not undo a hundred others."""
TOGETHER = 8
"""Held-out pictures that are painted and measured at once."""


Random = Callable[[str, int], torch.Generator]
"""The generator at a place of a stream, on the CPU (training/randomness.py)."""


def initial(random: Random | None = None) -> dict[str, Tensor]:
    """The weights to begin with, in the names and shapes of feed_forward.py, with one style: the mean of all, or `random`."""
    known = {name: tensor.float() for name, tensor in feed_forward.shipped_tensors().items()}
    if random is None:
        return {name: tensor.mean(0, keepdim=True) if ".norm." in name else tensor for name, tensor in known.items()}
    found = {}
    for number, (name, tensor) in enumerate(sorted(known.items())):
        if ".norm." in name:
            found[name] = torch.full((1, tensor.shape[1]), 1.0 if name.endswith("gamma") else 0.0)
        else:
            found[name] = torch.randn(tensor.shape, generator=random("weights", number)) * math.sqrt(2 / tensor[0].numel())
    return found


class StyleNetwork:
    """Trains one. Its parts are epochs."""

    def __init__(
        self,
        network: FeatureNetwork,
        photographs: Tensor,
        held_out: Tensor,
        styles: Sequence[Tensor],
        weights: Weights,
        *,
        epochs: int,
        batch_size: int,
        rate: float,
        shares: Sequence[float] = (),
        scratch: bool = False,
        random: Random,
    ) -> None:
        """`scratch`: begin with random weights. Photographs, and others that are held out: uint8 (N, 3, H, W)
        on the CPU; styles: RGB (1, 3, H, W) in 0..1.
        """
        self._features, self._photographs, self._held_out = network, photographs, held_out
        self._device = network.get_buffer("mean").device
        self._batch_size, self._rate, self._random = batch_size, rate, random
        self.weights = weights
        self.steps_per_part = max(1, len(photographs) // batch_size)
        self.parts = epochs
        self.step = 0
        with torch.no_grad():
            theirs = [{layer: gram_matrix(maps) for layer, maps in network(style, STYLE_LAYERS).items()} for style in styles]
        self._grams = mixed(theirs, shares or [1.0] * len(styles))
        tensors = sorted(initial(random if scratch else None).items())  # a file of safetensors is read in another order each time
        self._parameters = {name: tensor.to(self._device).contiguous().requires_grad_() for name, tensor in tensors}
        self._optimizer = torch.optim.Adam(self._parameters.values(), lr=rate, betas=BETAS)

    @property
    def total_steps(self) -> int:
        return self.steps_per_part * self.parts

    def change(self, weights: Weights) -> None:
        """Other weights of the distances from now on."""
        self.weights = weights

    def advance(self) -> Distances:
        """One step; the distances of its batch come back. Raises ArithmeticError where the total is not finite."""
        photographs = to_unit(self._batch().to(self._device))
        painted = feed_forward.paint(self._parameters, photographs, _ONE)
        distances = self._measure(painted, photographs)
        total = distances.total(self.weights)
        if not total.isfinite():
            raise ArithmeticError("the total distance is not finite")
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()
        length = torch.nn.utils.clip_grad_norm_(self._parameters.values(), LONGEST)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * self.step / self.total_steps)))
        if length.isfinite():  # a photograph of one colour has no variance: behind so many norms its gradient overflows
            self._optimizer.step()
        self.step += 1
        return Distances(*(_detached(one) for one in distances))

    def _batch(self) -> Tensor:
        """The photographs of this step, some of them mirrored: a function of seed and step."""
        epoch, number = divmod(self.step, self.steps_per_part)
        order = torch.randperm(len(self._photographs), generator=self._random("order", epoch))
        chosen = self._photographs[order[number * self._batch_size : (number + 1) * self._batch_size]]
        mirror = torch.rand(len(chosen), generator=self._random("mirror", self.step)) < 0.5
        return torch.where(mirror.view(-1, 1, 1, 1), chosen.flip(-1), chosen)

    def _measure(self, painted: Tensor, photographs: Tensor) -> Distances:
        maps = self._features(painted, (*STYLE_LAYERS, CONTENT_LAYER))
        with torch.no_grad():
            target = self._features(photographs, (CONTENT_LAYER,))[CONTENT_LAYER]
        grams = {layer: gram_matrix(maps[layer]) for layer in STYLE_LAYERS}
        return Distances(
            content_distance(maps[CONTENT_LAYER], target),
            {layer: style_distance(gram, self._grams[layer].expand_as(gram)) for layer, gram in grams.items()},
            total_variation(painted),
            painted.new_zeros(()),
        )

    @torch.no_grad()
    def measure(self) -> Distances:
        """The mean distances of the held-out pictures."""
        found, counts = [], []
        for part in self._held_out.split(TOGETHER):
            pictures = to_unit(part.to(self._device))
            found.append(self._measure(feed_forward.paint(self._parameters, pictures, _ONE), pictures))
            counts.append(len(part))
        shares = torch.tensor(counts, dtype=torch.float32) / sum(counts)

        def mean(values: Sequence[Tensor]) -> Tensor:
            return (torch.stack([value.cpu() for value in values]) * shares).sum()

        return Distances(
            mean([one.content for one in found]),
            {layer: mean([one.styles[layer] for one in found]) for layer in STYLE_LAYERS},
            mean([one.tv for one in found]),
            torch.zeros(()),
        )

    @torch.no_grad()
    def result(self) -> Tensor:
        """The first held-out picture as it would be painted now, RGB (1, 3, H, W) in 0..1."""
        return feed_forward.paint(self._parameters, self.subject, _ONE)

    @property
    def subject(self) -> Tensor:
        """The picture that `result` paints."""
        return to_unit(self._held_out[:1].to(self._device))

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Its weights, as FeedForward takes them."""
        return {name: tensor.detach().cpu().contiguous() for name, tensor in self._parameters.items()}

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain containers: what the next step depends on besides what this was made of."""
        return {"step": self.step, "tensors": self.tensors, "optimizer": self._optimizer.state_dict()}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there. Raises KeyError, TypeError, ValueError or RuntimeError where it is none."""
        for name, parameter in self._parameters.items():
            parameter.copy_(state["tensors"][name])
        self._optimizer.load_state_dict(_in_order(state["optimizer"], list(state["tensors"]), list(self._parameters)))
        self.step = state["step"]


def _in_order(optimizer: dict[str, Any], theirs: Sequence[str], ours: Sequence[str]) -> dict[str, Any]:
    """Adam's state of tensors that were in their order, in ours: earlier versions had another one in each process."""
    moments = optimizer["state"]
    return optimizer | {"state": {ours.index(name): moments[number] for number, name in enumerate(theirs) if number in moments}}


_ONE = torch.ones(1)
"""All of the one style."""


def _detached(value: Any) -> Any:
    return {name: one.detach() for name, one in value.items()} if isinstance(value, Mapping) else value.detach()


def load(tensors: Mapping[str, Tensor]) -> FeedForward:
    """The network with weights from a file. Raises ValueError where they are none of such a network."""
    wanted = initial()
    if set(tensors) != set(wanted) or any(tensors[name].shape != tensor.shape for name, tensor in wanted.items()):
        raise ValueError("these are not the weights of a style network")
    return FeedForward(tensors)
