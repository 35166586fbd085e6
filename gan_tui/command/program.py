"""What a command would run, looked at before there is a run of it: a failed run of a mistyped name is of no use to anybody."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gan_tui.errors import UserError
from gan_tui.nearest import nearest
from gan_tui.printable import printable

EXAMPLE = "gan-tui run -- python train.py"
_PYTHON = re.compile(r"(python|pypy)[\d.]*t?")
_SHELL = re.compile(r"(ba|da|k|z)?sh")
_WITH_VALUE = "WX"
"""Options of Python whose value may be the next word."""
_ABSENT, _NO_MAIN = 64, 65
_LOOK = f"""
import importlib.util, os, sys
sys.path.insert(0, "")
name = sys.argv[1]
found = importlib.util.find_spec(name.partition(".")[0])
places = list(found.submodule_search_locations or ()) if found else []
main = any(os.path.exists(os.path.join(place, "__main__" + end)) for place in places for end in (".py", ".pyc"))
sys.exit({_ABSENT} if not found else {_NO_MAIN} if places and "." not in name and not main else 0)
"""
"""Is there such a module? Only the first part of its name is looked for: more would import it."""
LOOK_SECONDS = 10.0


def checked(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The command as it is started in `folder`: a script of Python that cannot be run by itself is Python's.

    Raises UserError where there is no such program, script or module.
    """
    words = tuple(command)
    if any(0xD800 <= ord(sign) < 0xE000 for sign in "".join((*words, str(folder)))):
        raise UserError("an argument or the folder is no UTF-8, and cannot be kept in run.toml: put the command into a shell script")
    if _is_pythons(words[0], folder):
        words = (_python(), *words)
    elif not _is_program(words[0], folder):
        raise UserError(_no_program(words, folder))
    name = Path(words[0]).name
    if _PYTHON.fullmatch(name):
        _check_python(words, folder, variables)
    elif _SHELL.fullmatch(name) and len(words) > 1 and words[1][:1] not in "-+" and not _is_in_path(words[1]):
        _check_script(words[1], folder)
    return words


def _is_pythons(word: str, folder: Path) -> bool:
    """Is it a script of Python in the folder that does not run by itself? A program of the same name in PATH is another one."""
    path = folder / word
    if not word.endswith(".py") or not os.path.lexists(path):
        return False
    return os.sep not in word or not _is_program(word, folder) or not _names_its_interpreter(path)


def _names_its_interpreter(script: Path) -> bool:
    with suppress(OSError), open(script, "rb") as file:
        return file.read(2) == b"#!"
    return False


def _is_program(word: str, folder: Path) -> bool:
    if os.sep in word:
        return os.access(folder / word, os.X_OK) and (folder / word).is_file()
    return _is_in_path(word)


def _is_in_path(word: str) -> bool:
    """Would a shell find it there?"""
    return os.sep not in word and shutil.which(word) is not None


def _python() -> str:
    return next((name for name in ("python", "python3") if shutil.which(name)), sys.executable)


def _no_program(words: Sequence[str], folder: Path) -> str:
    """What may have been meant: the words that were typed as one, a script that is called otherwise, or no more than an example."""
    if words[0].endswith(".py"):
        return _no_file(words[0], folder)
    if os.sep in words[0] and (folder / words[0]).is_file():
        return (
            f"{printable(words[0])} may not be executed: `chmod +x {printable(shlex.quote(os.path.relpath(folder / words[0])))}` lets it be"
        )
    split: list[str] = []
    with suppress(ValueError):  # of a quote that has no end
        split = shlex.split(words[0]) if len(words) == 1 and " " in words[0] else []
    meant = bool(split) and (shutil.which(split[0]) is not None or (split[0].endswith(".py") and (folder / split[0]).is_file()))
    hint = f"`gan-tui run -- {printable(shlex.join(split))}` may be what is meant" if meant else f"`{EXAMPLE}` runs a script"
    return f"there is no program {printable(words[0])} that can be run: {hint}"


def _check_python(words: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
    """Raises UserError for a script or a module that is not there. Of code on the command line, or on standard input, nothing is known."""
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if word in ("-", "--") or word.startswith("--") or not word:
            return
        if not word.startswith("-"):
            _check_script(word, folder)
            return
        for at, letter in enumerate(word[1:], 2):
            if letter in "cm":
                value = word[at:] or (rest[0] if rest else "")
                if letter == "m" and value:
                    _check_module(words[0], value, folder, variables)
                return
            if letter in _WITH_VALUE:
                if not word[at:] and rest:
                    rest.pop(0)
                break


def _check_script(script: str, folder: Path) -> None:
    path = folder / script
    if not path.exists():
        raise UserError(_no_file(script, folder))
    if path.is_dir() and not (path / "__main__.py").is_file():
        raise UserError(f"{printable(script)} is a folder without a __main__.py: name the script in it, as in `{EXAMPLE}`")
    if not os.access(path, os.R_OK):
        raise UserError(f"{printable(script)} cannot be read: permission denied")


def _no_file(script: str, folder: Path) -> str:
    where = "" if Path(script).is_absolute() else f" in {printable(str(folder))}"
    path = folder / script
    there: list[str] = []
    with suppress(OSError):
        there = [entry.name for entry in os.scandir(path.parent) if Path(entry.name).suffix == path.suffix]
    alike = nearest(path.stem, [Path(name).stem for name in there])
    instead = f" ({' or '.join(printable(f'{stem}{path.suffix}') for stem in alike)}?)" if alike else ""
    return f"there is no file {printable(script)}{where}{instead}"


def _check_module(program: str, module: str, folder: Path, variables: Mapping[str, str]) -> None:
    """Asks that Python itself, which knows where its modules are; where it does not answer, the command will."""
    try:
        code = subprocess.run(
            [program, "-c", _LOOK, module],
            cwd=folder,
            env=os.environ | dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LOOK_SECONDS,
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return
    if code == _ABSENT:
        raise UserError(f"{printable(Path(program).name)} finds no module {printable(module)} from {printable(str(folder))}")
    if code == _NO_MAIN:
        raise UserError(
            f"{printable(module)} is a package without a __main__.py: name a module in it, as in `-m {printable(module)}.train`"
        )
