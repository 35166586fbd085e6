"""The settings of runs in which another program trains: a command, a script that tracks itself, files that are watched."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gan_tui.config.values import Section, slug


class CommandConfig(Section, frozen=True, kw_only=True):
    """What is started, and how its output is read."""

    task: Literal["command"] = "command"
    command: Annotated[tuple[str, ...], Meta(min_length=1, max_length=10_000, description="the program and its arguments")]
    cwd: Annotated[str, Meta(description="the folder it is started in")]
    pty: Annotated[bool, Meta(description="give it a pseudo-terminal; else a pipe")] = True
    pause: Annotated[bool, Meta(description="may it be held with SIGSTOP")] = True
    pictures: Annotated[
        str | msgspec.UnsetType,
        Meta(
            description="files below the folder shown as samples, as a shell's pattern; empty: none; unset: those that are sets of images"
        ),
    ] = msgspec.UNSET
    maps: Annotated[tuple[str, ...], Meta(max_length=1000, description="OURS=PRINTED: printed names of numbers")] = ()
    patterns: Annotated[tuple[str, ...], Meta(max_length=1000, description="regular expressions whose named groups are numbers")] = ()

    @property
    def folder(self) -> Path:
        """Where it is started."""
        return Path(self.cwd)

    @property
    def words(self) -> tuple[str, ...]:
        """What is run, in names of runs and on the screen: the script, where an interpreter runs one."""
        program, *arguments = self.command
        script = next((word for word in arguments if word.endswith((".py", ".sh"))), None)
        if script is None and "-m" in arguments[:-1]:
            script = arguments[arguments.index("-m") + 1]
        return (slug(Path(script or program).name.removesuffix(".py")) or "command",)


class ScriptConfig(Section, frozen=True, kw_only=True):
    """What the script has said of itself."""

    task: Literal["script", "file"] = "script"
    script: Annotated[str, Meta(description="the program that trains")] = ""
    config: Annotated[dict[str, Any], Meta(description="its own settings, as it has given them")] = msgspec.field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """What is run, in names of runs and on the screen."""
        return (slug(Path(self.script).name.removesuffix(".py")) or "script",)
