"""Bringing the finished picture to where its owner wants it, without touching anything that is there."""

from pathlib import Path

from gan_tui.files import write_new


def export(picture: Path, target: Path) -> str:
    """Copy `picture` to `target`, or where something has come to lie there meanwhile, to the next free `NAME-N`.

    What to say about it comes back, also where it failed: the picture is in the run's folder all the same.
    """
    try:
        content = picture.read_bytes()
        for number in range(1, 1000):
            path = target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")
            if write_new(path, content):
                return f"wrote {path}" + (f": {target.name} has come to be there meanwhile, and is untouched" if number > 1 else "")
        reason = "there are too many of that name"
    except OSError as error:
        reason = error.strerror or str(error)
    return f"cannot write {target}: {reason}; the picture is {picture}"
