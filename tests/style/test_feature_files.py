"""Features of a file of one's own."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from gan_tui.errors import SettingsError
from gan_tui.run import finding
from gan_tui.style.feature_files import CHANNELS, CHANNELS_19, PLACES, PLACES_19, features_of, network_of
from tests.conftest import Cli
from tests.training.transfer.pictures import saved


def state_dict(*, larger: bool = False) -> dict[str, Tensor]:
    torch.manual_seed(0)
    found: dict[str, Tensor] = {}
    inputs = 3
    for place, outputs in zip(PLACES_19 if larger else PLACES, CHANNELS_19 if larger else CHANNELS, strict=True):
        layer = nn.Conv2d(inputs, outputs, 3)
        found |= {f"features.{place}.{name}": tensor.detach() for name, tensor in layer.named_parameters()}
        inputs = outputs
    return found


def test_the_first_layers_answer_as_torchvision_s_do() -> None:
    table = state_dict()
    picture = torch.rand(1, 3, 20, 24)
    mean, std = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    wanted = (picture - mean) / std
    for place in PLACES[:2]:
        wanted = nn.functional.conv2d(wanted, table[f"features.{place}.weight"], table[f"features.{place}.bias"]).relu()
    found = network_of(table, "it")(picture, ["conv1_2"])["conv1_2"]
    assert torch.allclose(found[..., 2:-2, 2:-2], wanted, atol=1e-5)


def test_vgg19_has_a_layer_more() -> None:
    network = network_of(state_dict(larger=True), "it")
    assert network.layers[-2:] == ("conv3_4", "conv4_1")
    assert network(torch.rand(1, 3, 32, 32), ["conv4_1"])["conv4_1"].shape == (1, 512, 4, 4)


def test_a_transfer_goes_by_them(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    torch.save(state_dict(), tmp_path / "mine.pth")
    words = ("style", str(content), "--style", str(style), "--steps", "2", "--size", "32", "--headless", "--name", "it")
    done = cli(*words, "--features", str(tmp_path / "mine.pth"))
    assert done.returncode == 0, done.stderr
    assert 'features = "mine.pth"' in cli.run("it").config_file.read_text()


def test_a_name_is_that_of_torchvision_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    with pytest.raises(
        SettingsError, match=rf"there is no vgg19-\w+\.pth in {folder}: put torchvision's weights of vgg19 there"
    ) as refused:
        features_of("vgg19")
    folder.mkdir(parents=True)
    file = str(refused.value).split()[3]
    torch.save(state_dict(larger=True), folder / file)
    assert features_of("vgg19").name == file


def test_random_is_called_what_it_is(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    done = cli("style", str(content), "--style", str(style), "--steps", "2", "--size", "32", "--headless", "--features", "random")
    assert done.returncode == 0, done.stderr
    assert "a network that has learned nothing" in done.stderr
    run = finding.find(cli.runs_dir, "latest")
    assert "random-features" in run.name
    assert 'features = "random-vgg16"' in run.config_file.read_text()
    with Image.open(run.picture) as picture:
        assert picture.info["Comment"] == "style transfer, features of random-vgg16"


def test_what_is_no_such_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        features_of(str(tmp_path / "none.pth"))
    (tmp_path / "words.pth").write_text("no weights")
    with pytest.raises(SettingsError, match="holds no weights"):
        features_of(str(tmp_path / "words.pth"))
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(SettingsError, match="no state dict"):
        features_of(str(tmp_path / "list.pth"))
    table = state_dict()
    for name, value, why in (
        ("features.5.weight", torch.zeros(3, 3), "of another network"),
        ("features.5.weight", table["features.5.weight"] / 0, "not finite"),
        ("features.7.bias", 3, "has no features.7"),
    ):
        with pytest.raises(SettingsError, match=why):
            network_of(table | {name: value}, "it")
