"""The settings of a run of somebody else's script that tracks itself, or of what another program has written."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gan_tui.config.values import Section, slug


class ScriptConfig(Section, frozen=True, kw_only=True):
    """What the script has said of itself."""

    task: Literal["script", "file"] = "script"
    script: Annotated[str, Meta(description="the program that trains")] = ""
    config: Annotated[dict[str, Any], Meta(description="its own settings, as it has given them")] = msgspec.field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """What is run, in names of runs and on the screen."""
        return (slug(Path(self.script).name.removesuffix(".py")) or "script",)
