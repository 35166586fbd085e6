"""`gan-tui` and `python -m gan_tui`. Nearly empty, so that even a ctrl+c during the imports ends without a traceback."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line (see cli/)."""
    try:
        from gan_tui import output

        output.prepare()
        from gan_tui.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
