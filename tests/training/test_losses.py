"""The losses' own gradients are what autograd finds, and a loss of rows is that of each row."""

import pytest
import torch

from gan_tui.losses import LOSSES


def logits() -> tuple[torch.Tensor, torch.Tensor]:
    """Real and fake ones, (6, 1), on both sides of every kink."""
    return torch.tensor([[-3.0], [-1.2], [0.0], [0.7], [1.3], [40.0]]), torch.tensor([[2.0], [-0.4], [-1.7], [0.1], [-30.0], [0.9]])


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_those_of_autograd(name: str) -> None:
    loss = LOSSES[name]
    real, fake = (part.requires_grad_() for part in logits())
    twin = torch.cat(torch.autograd.grad(loss.d_loss(real, fake), (real, fake)))
    torch.testing.assert_close(loss.d_gradient(torch.cat([real, fake]).detach()) / len(real), twin)
    (twin,) = torch.autograd.grad(loss.g_loss(real, fake), fake)
    torch.testing.assert_close(loss.g_gradient(real.detach(), fake.detach()) / len(real), twin)


@pytest.mark.parametrize("name", LOSSES)
def test_the_losses_of_several_steps_at_once_are_those_of_each(name: str) -> None:
    loss = LOSSES[name]
    real, fake = (torch.stack([part.squeeze(1), part.squeeze(1).flip(0) / 2]) for part in logits())
    for side in (loss.d_loss, loss.g_loss):
        torch.testing.assert_close(side(real, fake, dim=1), torch.stack([side(*pair) for pair in zip(real, fake, strict=True)]))
