"""Images that cannot be shown: each reason is said once."""

from pathlib import Path

import numpy

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
