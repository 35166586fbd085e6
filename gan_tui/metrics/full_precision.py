"""float32 that is float32, while quality is measured.

On NVIDIA GPUs from Ampere on, torch lets convolutions round their inputs to TensorFloat-32 (10 bits of mantissa), and matrix products
too where the process has asked for it. A distance in features that were rounded so is not quite the distance that a CPU measures.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def full_precision() -> Iterator[None]:
    """No TF32 in convolutions and matrix products; what held before holds again afterwards. Costs nothing on other devices."""
    # From torch 2.9 on there are two ways to say so, and who mixes them gets warnings and errors: the newer one where it is there.
    if hasattr(torch.backends.cudnn, "conv"):
        switches = (torch.backends.cudnn.conv, torch.backends.cuda.matmul)
        before = [switch.fp32_precision for switch in switches]
        for switch in switches:
            switch.fp32_precision = "ieee"
        try:
            yield
        finally:
            for switch, precision in zip(switches, before, strict=True):
                switch.fp32_precision = precision
        return
    convolutions, products = torch.backends.cudnn.allow_tf32, torch.get_float32_matmul_precision()
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = convolutions
        torch.set_float32_matmul_precision(products)
