"""`python -m gan_tui.importing RUNS [NAME PATH]...`: what `gan-tui watch PATH` starts beside the screen; it ends when RUNS is gone."""

import os
import sys
import threading
import time
from pathlib import Path

from gan_tui import output
from gan_tui.errors import MISTAKEN, UserError
from gan_tui.importing.following import follow
from gan_tui.importing.sources import sources_at
from gan_tui.run.directory import RunDirectory

LOOK_SECONDS = 1.0


def _end_with(parent: int) -> None:
    """A screen that is killed removes nothing: whoever reads for it ends with it."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    output.prepare()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    runs = Path(sys.argv[1])
    try:
        follow(
            [(sources_at(Path(path))[0], RunDirectory(runs / name)) for name, path in zip(sys.argv[2::2], sys.argv[3::2], strict=True)],
            runs,
        )
    except UserError as error:
        output.say(str(error))
        sys.exit(MISTAKEN)
