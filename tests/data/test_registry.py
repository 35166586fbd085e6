"""The table of data sets, its settings, and Stacked MNIST."""

import pytest
import torch

from gan_tui import config
from gan_tui.config import Data
from gan_tui.data import mnist, registry, stacked_mnist
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError


def test_every_name_that_settings_allow_can_be_loaded() -> None:
    assert tuple(registry.SPECS) == config.DATASETS


@pytest.mark.parametrize("name", ["mnist", "stacked-mnist"])
def test_what_is_known_before_loading_is_true(name: str) -> None:
    data = Data(dataset=name)
    found, spec = registry.load(data), registry.spec_of(data)
    assert (found.shape, found.classes) == (spec.shape, spec.classes)
    assert found.labels is not None
    assert found.labels.unique().tolist() == list(range(spec.classes))
    assert len(found.images) == len(found.labels) == 60_000
    assert len(found.test) == 10_000
    assert found.flat.shape == (60_000, spec.shape[0] * 784)
    assert found.flat.data_ptr() == found.images.data_ptr(), "the same memory"


def test_validation_images_leave_the_training_set() -> None:
    whole, divided = registry.load(Data()), registry.load(Data(validation=5000))
    assert whole.validation is None
    assert (whole.flat_held_out.data_ptr(), whole.held_out_labels) == (whole.test.data_ptr(), whole.test_labels)
    assert divided.validation is not None
    assert whole.labels is not None
    assert divided.labels is not None
    assert divided.validation_labels is not None
    assert torch.equal(divided.test, whole.test)
    assert torch.equal(divided.flat_held_out, divided.validation.flatten(1))
    images, labels = torch.cat([divided.images, divided.validation]), torch.cat([divided.labels, divided.validation_labels])
    assert divided.images.shape == (55_000, 1, 28, 28)
    sums = 1000 * whole.flat.long().sum(1) + whole.labels  # each image with its class, as one number
    assert torch.equal((1000 * images.flatten(1).long().sum(1) + labels).sort().values, sums.sort().values)
    assert int(divided.validation_labels.bincount(minlength=10).min()) > 400, "all classes, drawn at random"
    assert torch.equal(divided.validation, registry.load(Data(validation=5000)).flat_held_out.view(-1, 1, 28, 28)), "always the same"


def test_no_more_than_a_tenth_is_kept_out_and_nothing_of_few() -> None:
    images = torch.arange(20_000, dtype=torch.uint8).view(20_000, 1, 1, 1)
    divided = Dataset("some", images, images[:10]).split_validation(5000)
    assert (len(divided.images), len(divided.flat_held_out)) == (18_000, 2_000)
    assert divided.held_out_labels is None
    assert divided.notes == ("of 20,000 images 2,000 are kept out for validation, a tenth (data.validation = 5,000)",)
    few = Dataset("few", images[:9_999], images[:10])
    assert (len(few.split_validation(5000).images), few.split_validation(5000).validation) == (9_999, None)
    assert few.split_validation(5000).notes[0].endswith("best.pt is chosen by training images")
    assert few.split_validation(0).images is few.images
    assert few.split_validation(0).notes == ()


def test_stacked_digits_are_where_their_class_says() -> None:
    digits, labels = mnist.load(train=False)
    images, classes = stacked_mnist.stack(digits, labels, seed=3)
    again, _ = stacked_mnist.stack(digits, labels, seed=3)
    other, _ = stacked_mnist.stack(digits, labels, seed=4)
    assert torch.equal(images, again)
    assert not torch.equal(images, other)
    assert images.shape == (10_000, 3, 28, 28)
    assert classes.dtype == torch.int64
    for channel, power in enumerate((100, 10, 1)):
        of_a_channel = classes // power % 10
        assert torch.equal(of_a_channel.bincount(), labels.bincount()), "each digit once in each channel"
        where = (digits.flatten(1) == images[7, channel].flatten()).all(1).nonzero().flatten()
        assert int(labels[where[0]]) == int(of_a_channel[7])


def test_stacked_mnist_is_always_the_same() -> None:
    """Scores of different machines and years are compared: these sums were taken when it was made, torch 2.15."""
    found = registry.load(Data(dataset="stacked-mnist"))
    assert found.labels is not None
    assert len(found.labels.unique()) == 1000
    assert found.labels[:6].tolist() == [120, 862, 14, 492, 586, 639]
    assert int(found.images[:100].long().sum()) == 7_650_484


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"dataset": "cats"}, "data.dataset = 'cats'"),
        ({"dataset": "folder:"}, "data.dataset = 'folder:'"),
        ({"dataset": "folder:a\nb"}, "data.dataset = "),
        ({"dataset": "folder:a\n"}, "data.dataset = "),
        ({"dataset": "folder:\x1b[2J"}, "data.dataset = "),
        ({"dataset": "mnist\n"}, "data.dataset = "),
        ({"dir": "a\x00b"}, "data.dir = "),
        ({"image_size": 32}, "mnist has a size of its own, only folder:PATH is resized"),
        ({"dataset": "cifar10", "channels": 1}, "data.channels = 1"),
        ({"dataset": "folder:/x", "image_size": 27}, "data.image_size = 27 is not allowed: expected 28 to 128, or 0 for 32"),
        ({"dataset": "folder:/x", "dir": "/y"}, "data.dir = /y is not allowed: folder:PATH says itself where the images are"),
        ({"background": "black"}, "data.background = black is not allowed: only images of a folder"),
        ({"dataset": "folder:/x", "background": "blue"}, "data.background = 'blue' is not allowed: expected white, black, grey or #rrggbb"),
        ({"dataset": "folder:/x", "background": "#12345"}, "data.background = '#12345'"),
        ({"dataset": "folder:/x", "channels": "2"}, "data.channels = '2' is not allowed: expected 0, 1 or 3"),
    ],
)
def test_mistakes_are_one_line(table: dict[str, object], words: str) -> None:
    with pytest.raises(UserError) as refused:
        config.resolve(tables=[{"data": table}])
    assert words in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("dataset", "word"),
    [
        ("mnist", "mnist"),
        ("folder:/some/path", "path"),
        ("folder:/", "folder"),
        ("folder:../..", "folder"),
        ("folder:/x/my cats & dogs!/", "my-cats-dogs"),
        ("folder:/x/[red]猫", "red"),
        ("folder:/x/" + "y" * 200, "y" * 40),
    ],
)
def test_the_word_for_a_data_set_is_safe_in_a_file_name(dataset: str, word: str) -> None:
    assert Data(dataset=dataset).slug == word
