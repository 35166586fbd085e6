"""In place of the process that renders: the picture is the drawing, darker, and D's score the share of the ink. No torch."""

import sys

from gan_tui.run.companion import Refused, line_of
from gan_tui.run.drawing import DIALOGUE, Hello, Rendered


def main(side: int, fails: bool) -> None:
    def say(line: bytes) -> None:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()

    say(b"a library's own words\n")
    say(line_of(Hello(side, side, 1)))
    for line in sys.stdin.buffer:
        request = DIALOGUE.read_wanted(line)
        if fails:
            say(line_of(Refused("the generator is gone")))
            return
        pixels = bytes(value // 255 * 200 for value in request.outline)
        say(line_of(Rendered(request.number, pixels, request.outline.count(255) / len(request.outline), 3399, 0.002)))


if __name__ == "__main__":
    main(int(sys.argv[1]), "fail" in sys.argv)
