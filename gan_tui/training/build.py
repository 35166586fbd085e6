"""From settings to a device, a data set and two networks."""

import platform

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.errors import UserError
from gan_tui.losses import LOSSES
from gan_tui.models import mlp
from gan_tui.training.step import Gan

IMAGE_SHAPE = (1, 28, 28)
"""(channels, height, width) of MNIST."""
PIXELS = IMAGE_SHAPE[0] * IMAGE_SHAPE[1] * IMAGE_SHAPE[2]


def choose_device(wanted: str) -> torch.device:
    """The device that `train.device` means; `auto` takes cuda, else mps, else cpu.

    Raises UserError where the wanted one is not there.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if wanted == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    device = torch.device(wanted)
    count = torch.cuda.device_count() if cuda else 0
    missing = (device.type == "cuda" and (device.index or 0) >= count) or (device.type == "mps" and not mps)
    if missing:
        seen = f"{count} CUDA device{'s' * (count != 1)}" if device.type == "cuda" else "no Apple GPU"
        raise UserError(f"device '{wanted}' is not there: torch {torch.__version__} sees {seen}; try --device cpu or --device auto")
    return device


def device_name(device: torch.device) -> str:
    """What a person calls it: "NVIDIA H200", "cpu x86_64 (2 threads)"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{device.type} {platform.machine()} ({threads} thread{'s' * (threads != 1)})"


def load_images(settings: RunConfig, device: torch.device) -> Tensor:
    """The training set as one tensor on the device: uint8 (N, pixels). MNIST takes 47 MB."""
    assert settings.data.dataset == "mnist"
    images, _ = mnist.load(train=True)
    return images.flatten(1).to(device)


def to_unit_range(images: Tensor) -> Tensor:
    """uint8 images, 0..255, to float32 in [-1, 1]: ToTensor and Normalize(0.5, 0.5) of the tutorial."""
    return images.float().div_(127.5).sub_(1)


def make_generator(settings: RunConfig) -> nn.Module:
    """G with fresh weights."""
    model = settings.model
    return mlp.generator(model.latent_dim, model.hidden, model.hidden_layers, model.leak, PIXELS)


def make_gan(settings: RunConfig, device: torch.device) -> Gan:
    """Both networks with fresh weights, drawn on the CPU from the run's seed, and their optimisers."""
    model, optimizer = settings.model, settings.optimizer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.train.seed)
        discriminator = mlp.discriminator(PIXELS, model.hidden, model.hidden_layers, model.leak).to(device)
        generator = make_generator(settings).to(device)

    def adam(network: nn.Module, lr: float) -> Adam:
        # The fused kernel is the same arithmetic in one pass over the weights, and it can skip a bad step.
        return Adam(network.parameters(), lr=lr, betas=(optimizer.beta1, optimizer.beta2), eps=optimizer.eps, fused=True)

    return Gan(generator, discriminator, adam(generator, optimizer.g_lr), adam(discriminator, optimizer.d_lr), LOSSES[settings.loss.name])
