"""Spectral normalisation: each weight divided by its largest singular value, which bounds how steep D can be.

Miyato et al. 2018, arXiv:1802.05957.
"""

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm


def normalise(network: nn.Module) -> nn.Module:
    """`network` with every fully connected, convolutional and embedding weight normalised.

    A weight of zeros (the end of a residual block) has no direction to keep, so it gets a random one first.
    """
    for module in list(network.modules()):
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.Embedding)):
            if not module.weight.is_meta and not module.weight.any():
                nn.init.kaiming_normal_(module.weight)
            spectral_norm(module)
    return network
