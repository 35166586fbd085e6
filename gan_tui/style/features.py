"""What a picture looks like to a network: the feature maps of the first convolutions of VGG16.

The weights that ship are those of a VGG16 (Simonyan and Zisserman 2014, arXiv:1409.1556) that was fine-tuned for edges (HED, Xie and Tu
2015, arXiv:1504.06375), its first eight convolutions in int8: see weights/NOTICE.md. Pooling is by averages, as Gatys et al. 2016 advise.
"""

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import NamedTuple

import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.spec import transfer

NAME = "vgg16-edge-int8"
"""VGG16 fine-tuned for edges, in int8. Distances of different networks are not to be compared."""
LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1")
"""From the finest to the coarsest; a layer conv2_x sees a picture of half the size, and so on."""
STYLE_LAYERS = tuple(layer.name for layer in transfer.STYLE_LAYERS)
CONTENT_LAYER = transfer.CONTENT_LAYER.name
MEAN = (103.939, 116.779, 123.68)
"""Of blue, green and red in 0..255, which the network wants subtracted."""


class Convolution(NamedTuple):
    """One layer."""

    weight: Tensor
    """float32 (out, in, 3, 3)."""
    bias: Tensor
    """float32 (out,)."""


class FeatureNetwork(nn.Module):
    """VGG16 up to `conv4_1`, frozen. Gradients flow to the picture, never to a weight."""

    def __init__(self, convolutions: Iterable[Convolution], name: str = NAME, layers: Sequence[str] = LAYERS) -> None:
        """`convolutions`: one for each of `layers`."""
        super().__init__()
        self.name = name
        self.layers = layers
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        for layer, (weight, bias) in zip(layers, convolutions, strict=True):
            self.register_buffer(f"{layer}_weight", weight)
            self.register_buffer(f"{layer}_bias", bias)

    def forward(self, pictures: Tensor, layers: Iterable[str] = LAYERS) -> dict[str, Tensor]:
        """The feature maps of each of `layers`, behind the ReLU: (N, channels, H / 2^k, W / 2^k) by its name.

        `pictures`: RGB (N, 3, H, W) in 0..1, float32, H and W at least transfer.SMALLEST. Layers behind the last that is asked for cost
        nothing.
        """
        wanted = set(layers)
        found: dict[str, Tensor] = {}
        weights = self.get_buffer(f"{self.layers[0]}_weight")
        maps = (pictures.flip(1) * 255 - self.get_buffer("mean")).to(weights.dtype).contiguous(memory_format=torch.channels_last)
        for layer, behind in zip(self.layers, (*self.layers[1:], ""), strict=True):
            maps = functional.conv2d(maps, self.get_buffer(f"{layer}_weight"), self.get_buffer(f"{layer}_bias"), padding=1).relu_()
            if layer in wanted:
                found[layer] = maps
            if len(found) == len(wanted):
                break
            if layer[:5] != behind[:5]:
                maps = functional.avg_pool2d(maps, 2)
        return found

    def in_bfloat16(self) -> "FeatureNetwork":
        """The same network, which computes in bfloat16 and answers in it: half the time, where the device multiplies in it.

        Distances differ by less than a hundredth of themselves, their gradients by 4 %, without a direction (docs/style.md).
        """
        half = [
            Convolution(self.get_buffer(f"{layer}_weight").bfloat16(), self.get_buffer(f"{layer}_bias").bfloat16()) for layer in self.layers
        ]
        return FeatureNetwork(half, self.name, self.layers).to(self.get_buffer("mean").device)


def shipped() -> FeatureNetwork:
    """The network that comes with the package, on the CPU, in float32 and channels last (which is faster on CPUs)."""
    file = resources.files("gan_tui") / "style" / "weights" / f"{NAME}.safetensors"
    tensors = load(file.read_bytes())
    network = FeatureNetwork(
        Convolution(tensors[f"{layer}.weight"] * tensors[f"{layer}.scale"].view(-1, 1, 1, 1), tensors[f"{layer}.bias"]) for layer in LAYERS
    )
    return network.to(memory_format=torch.channels_last)
