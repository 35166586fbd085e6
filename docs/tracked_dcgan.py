"""A DCGAN (Radford et al. 2016, arXiv:1511.06434) in a loop of one's own, with gan_tui.track: the lines `# 1` to `# 4` are all of it.

    python docs/tracked_dcgan.py --epochs 5

The networks, the loss and the optimisers are those of the paper; the images are the MNIST inside gan-tui, at 32 x 32 pixels.
"""

import argparse

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader, TensorDataset

import gan_tui
from gan_tui.config import resolve
from gan_tui.data.registry import load

LATENT = 100


def up(inputs: int, outputs: int, stride: int = 2, padding: int = 1) -> list[nn.Module]:
    """A layer of G: twice the pixels a side."""
    return [nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)]


def down(inputs: int, outputs: int) -> list[nn.Module]:
    """A layer of D: half of them."""
    return [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, True)]


def networks(width: int) -> tuple[nn.Sequential, nn.Sequential]:
    """G, (N, 100, 1, 1) to (N, 1, 32, 32) in [-1, 1], and D, from there to (N, 1, 1, 1), a logit each."""
    last = nn.ConvTranspose2d(width, 1, 4, 2, 1, bias=False)
    generator = nn.Sequential(*up(LATENT, 4 * width, 1, 0), *up(4 * width, 2 * width), *up(2 * width, width), last, nn.Tanh())
    first = (nn.Conv2d(1, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True))
    discriminator = nn.Sequential(*first, *down(width, 2 * width), *down(2 * width, 4 * width), nn.Conv2d(4 * width, 1, 4, 1, 0))
    for layer in (*generator, *discriminator):
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
    return generator, discriminator


def digits(most: int) -> Tensor:
    """float32 (N, 1, 32, 32) in [-1, 1]."""
    images = load(resolve().data).images[:most].float() / 127.5 - 1
    return interpolate(images, size=32, mode="bilinear")


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--lr", type=float, default=0.0002)
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    loader = DataLoader(TensorDataset(digits(args.images)), args.batch_size, shuffle=True, drop_last=True)
    G, D = (network.to(device) for network in networks(args.width))  # noqa: N806
    criterion = nn.BCEWithLogitsLoss()
    d_optimizer = torch.optim.Adam(D.parameters(), args.lr, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(G.parameters(), args.lr, betas=(0.5, 0.999))

    with gan_tui.track("dcgan", config=vars(args), epochs=args.epochs) as run:  # 1
        for _ in range(args.epochs):
            for _, (real,) in run.steps(loader):  # 2
                real = real.to(device)
                ones, zeros = torch.ones(len(real), device=device), torch.zeros(len(real), device=device)

                # D: real images are real, and G's are not
                fake = G(torch.randn(len(real), LATENT, 1, 1, device=device))
                d_real, d_fake = D(real).flatten(), D(fake.detach()).flatten()
                d_loss = criterion(d_real, ones) + criterion(d_fake, zeros)
                d_optimizer.zero_grad()
                d_loss.backward()
                d_optimizer.step()

                # G: they shall be
                g_loss = criterion(D(fake).flatten(), ones)
                g_optimizer.zero_grad()
                g_loss.backward()
                g_optimizer.step()

                scores = {"D(x)": d_real.sigmoid().mean(), "D(G(z))": d_fake.sigmoid().mean()}
                run.log(d_loss=d_loss, g_loss=g_loss, **scores)  # 3
                run.images(fake)  # 4
    torch.save(G.state_dict(), "generator.pt")


if __name__ == "__main__":
    main()
