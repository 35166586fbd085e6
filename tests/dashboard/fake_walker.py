"""What `gan_tui.training.walking` says, without torch: `python -m tests.dashboard.fake_walker RUN`."""

import sys
from pathlib import Path

from gan_tui.run.companion import Refused, line_of
from gan_tui.run.images import Images
from gan_tui.run.walking import DIALOGUE, Begun, Generated


def main(folder: str) -> None:
    """`classes` in the folder holds their number; `refuse` why there is nothing to walk through."""
    run = Path(folder)
    if (run / "refuse").exists():
        say(line_of(Refused((run / "refuse").read_text())))
        return
    classes = int((run / "classes").read_text()) if (run / "classes").exists() else 0
    say(b"a library's own words\n")
    say(line_of(Begun(min(64, classes), 600, ema=True, of=classes if classes > 64 else 0)))
    classes = min(64, classes)
    for line in sys.stdin.buffer:
        wanted = DIALOGUE.read_wanted(line)
        (run / "wanted").write_bytes(line)
        if (run / "die").exists():
            sys.exit(3)
        count = classes or wanted.columns * wanted.rows
        pixels = bytes(min(255, index) for index in range(count))
        say(line_of(Generated(wanted.number, 0 if classes else wanted.columns, Images(count, 1, 1, 1, pixels), 600 + wanted.number, 0.01)))


def say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
