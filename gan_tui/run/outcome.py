"""What a run has come to, in the numbers by which its kind is told."""

import math
from collections.abc import Mapping

from gan_tui.spec.inversion import REFERENCES
from gan_tui.spec.metrics import named
from gan_tui.spec.tasks import Task


def outcome_words(task: Task, scalars: Mapping[str, float]) -> list[str]:
    """`FD 0.322`; `error 0.081`, `PSNR 10.9 dB (nearest training image 8.5 dB)`. What is not known is left out."""
    known = [named(name) for name in task.outcome if math.isfinite(scalars.get(name, math.nan))]
    words = {one.name: f"{one.title} {scalars[one.name]:.3g}{' dB' if one.unit == 'dB' else ''}" for one in known}
    others = [text for name, text in words.items() if name in REFERENCES]
    own = [text for name, text in words.items() if name not in REFERENCES]
    return [*own[:-1], f"{own[-1]} ({', '.join(others)})"] if own and others else own
