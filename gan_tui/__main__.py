"""`gan-tui` and `python -m gan_tui`. Nearly empty, so that even a ctrl+c during the imports ends without a traceback."""

import sys
from pathlib import Path
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line (see cli/)."""
    try:
        from gan_tui import garbage, output

        output.prepare()
        with garbage.nothing_goes():
            from gan_tui.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


def _working_folder() -> str:
    """Empty where it is gone: Python then puts nothing in front of its path."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


if __name__ == "__main__":
    # A `click.py` in the working folder must not be taken for the library's. A checkout that is not installed is found there.
    if not sys.flags.safe_path and sys.path[0] == _working_folder() and __file__ != f"{sys.path[0]}/gan_tui/__main__.py":
        del sys.path[0]
    main()
