"""Images that cannot be shown: each reason is said once, and the training goes on."""

from pathlib import Path
from typing import Any

import numpy
import pytest

from gan_tui.config import ScriptConfig
from gan_tui.run import directory
from gan_tui.run.events import Note
from gan_tui.tracking.pictures import Pictures


def test_each_reason_is_said_once_even_in_one_step(tmp_path: Path) -> None:
    pictures = Pictures(directory.create(tmp_path, ScriptConfig(), "mine"))
    unusable = numpy.zeros((4, 7, 8, 8)), numpy.zeros(3), numpy.zeros((0, 1, 8, 8)), numpy.zeros((4, 1, 8, 8), complex)
    for images in (numpy.zeros((4, 1, 8, 8)), *unusable, *unusable):
        pictures.offer(images, 0.0, None, epoch=0, real=False)
    notes = [event.text for event in pictures.take(1, over=True) if isinstance(event, Note)]
    assert [text.partition(" cannot")[0] for text in notes] == [
        "images of the shape (4, 7, 8, 8)",
        "images of the shape (3,)",
        "images of the shape (0, 1, 8, 8)",
        "images of complex128",
    ]
    assert not [event for event in pictures.take(2, over=True) if isinstance(event, Note)]


class Bomb:
    def __array__(self, *_: object, **__: object) -> Any:
        raise RuntimeError("no\nimages")


@pytest.mark.parametrize(
    ("images", "why"),
    [
        (None, "images of type NoneType cannot be shown: arrays of numbers can"),
        ({"a": 1}, "images of type dict cannot be shown: arrays of numbers can"),
        (numpy.zeros((4, 1, 8, 8), complex), "images of complex128 cannot be shown: real numbers can, such as their .real or their abs()"),
        (Bomb(), "images cannot be shown: RuntimeError: no"),
    ],
)
def test_what_is_no_image_is_said_in_a_line_and_what_comes_later_is_shown(
    images: Any, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = Pictures(directory.create(tmp_path, ScriptConfig(), "mine"))
    for _ in range(3):
        pictures.offer(images, 0.0, None, epoch=0, real=False)
        said = [event.text for event in pictures.take(1, over=False) if isinstance(event, Note)]
        assert said in ([why], [])
    assert capsys.readouterr().err.splitlines() == [f"gan-tui: run.images: {why}; the training goes on"]
    pictures.offer([[[0.0] * 8] * 8] * 4, 0.0, None, epoch=0, real=False)
    assert [type(event).__name__ for event in pictures.take(2, over=True)] == ["Samples"], "lists are shown as well"
