"""Images from which nothing can be learned are told apart from those that are only dark, pale or few of a kind."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_tui.data import mnist, registry
from gan_tui.data.appearance import describe
from gan_tui.health.diagnosis import Health
from tests.data.test_image_folder import data

RANDOM = torch.Generator().manual_seed(3)


def noise(count: int, low: int = 0, high: int = 256) -> torch.Tensor:
    return torch.randint(low, high, (count, 1, 8, 8), generator=RANDOM, dtype=torch.uint8)


def image_alike(count: int) -> torch.Tensor:
    return (noise(1).int() + noise(count, 0, 3).int()).clamp(0, 255).to(torch.uint8)


@pytest.mark.parametrize(
    ("images", "fault", "odd"),
    [
        (noise(200), "", ""),
        (torch.zeros(100, 3, 8, 8, dtype=torch.uint8), "all 100 images are black, or nearly so", ""),
        (noise(100, 0, 17), "all 100 images are black, or nearly so", ""),
        (noise(100, 239), "all 100 images are white, or nearly so", ""),
        (torch.cat([noise(97, 0, 10), noise(3)]), "97 of 100 images are black, or nearly so", ""),
        (torch.cat([noise(20, 0, 10), noise(80)]), "", "of 100 images for training, 20 black all over, or nearly so"),
        (torch.cat([noise(20, 0, 10), noise(20, 245), noise(60)]), "", "20 black and 20 white all over"),
        (noise(1).repeat(100, 1, 1, 1), "all 100 images are alike, or nearly so", ""),
        (image_alike(4000), "all 1,000 images that were compared are alike, or nearly so", ""),
        (torch.cat([image_alike(98), noise(2)]), "98 of 100 images are alike, or nearly so", ""),
        (torch.cat([noise(1).repeat(60, 1, 1, 1), noise(40)]), "", ""),
        (torch.arange(0, 240, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 8, 8), "", "17 black"),
        (mnist.load(train=False)[0], "", ""),
    ],
)
def test_what_is_said_of_images(images: torch.Tensor, fault: str, odd: str) -> None:
    found = describe(images)
    assert found[0] == fault
    assert odd in found[1]
    assert bool(found[1]) == bool(odd)


@pytest.mark.parametrize(("colour", "words"), [((0, 0, 0), "black"), ((255, 255, 255), "white"), ((90, 80, 200), "alike")])
def test_a_folder_of_them_is_warned_of_and_gets_a_verdict_of_its_own(tmp_path: Path, colour: tuple[int, int, int], words: str) -> None:
    for number in range(60):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{number}.png")
    found = registry.load(data(tmp_path))
    assert "all 54 " in found.fault
    assert words in found.fault
    assert found.notes[1].startswith(f"warning: {found.fault}")
    health = Health(fault=found.fault)
    diagnosis = health.take_data()
    assert diagnosis is not None
    assert (diagnosis.rule, diagnosis.level) == ("data", "bad")
    assert found.fault in diagnosis.text
    assert "real_images.png" in diagnosis.advice
    assert health.take_data() is None, "it is said once"
    means = {"d_loss": 0.1, "g_loss": 3.0, "D(x)": 0.9, "D(G(z))": 0.1}
    later = [health.take_metrics(step, 100, means) for step in range(100, 3000, 100)]
    assert {diagnosis.rule for diagnosis in later if diagnosis} == {"data"}, "it stays, and is only said again"
    assert health.take_evaluation(3000, {"fd": 500.0, "fd_floor": 0.0, "coverage": 0.0}) is None
    assert Health().take_data() is None
