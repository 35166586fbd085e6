"""Where the system keeps what is a person's own: data that can be had again, settings, and what was chosen once."""

import os
from pathlib import Path
from typing import Literal


def user_folder(of: Literal["cache", "config", "state"]) -> Path:
    """`~/.cache/gan-tui` and the like. Without a home it is one that can neither be read nor written: reading and writing raise OSError."""
    import platformdirs  # not on the way to --help

    found = {"cache": platformdirs.user_cache_path, "config": platformdirs.user_config_path, "state": platformdirs.user_state_path}
    try:
        folder = found[of]("gan-tui")
    except RuntimeError:
        folder = Path("~")
    # Older versions of platformdirs know no home and say nothing: `~` would become a folder in the working one.
    return Path(os.devnull) / "gan-tui" if folder.parts[0] == "~" else folder
