"""CONTRIBUTING.md is executed: each recipe in a copy of the tree. What else a maintainer reads names what is there."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gan_tui import __version__
from tests.patience import CEILING

CHECKOUT = Path(__file__).parents[1]
TEXT = (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8")
COPIED = ("gan_tui", "themes", "tests", "docs", "tools", "pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
_BLOCK = re.compile(r"(<!-- not executed -->\n)?```(sh|diff)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def recipes() -> dict[str, list[tuple[str, str]]]:
    """The blocks under each heading, each with its language; those that are executed."""
    found = {}
    for section in TEXT.split("\n## ")[1:]:
        blocks = [(language, body) for skipped, language, body in _BLOCK.findall(section) if not skipped]
        if blocks:
            found[section.splitlines()[0]] = blocks
    return found


APPLY = ["git", "apply", "--recount", "--unidiff-zero", "-"]
"""The document leaves the numbers of lines out: the context says where a hunk belongs."""


def changes(diff: str) -> list[str]:
    """A diff of several files, file by file."""
    return re.split(r"^(?=--- )", diff, flags=re.MULTILINE)[1:]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in COPIED:
        source = CHECKOUT / name
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, tmp_path / name, ignore=ignored) if source.is_dir() else shutil.copy(source, tmp_path / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("recipe", recipes())
def test_a_recipe_does_what_it_says(recipe: str, tree: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(tree), "PYTEST_ADDOPTS": "-p no:cacheprovider -n 0 -m ''"}

    def run(command: list[str], standard_input: str = "") -> None:
        done = subprocess.run(
            command, cwd=tree, env=environment, input=standard_input, capture_output=True, text=True, timeout=CEILING, check=False
        )
        assert done.returncode == 0, f"{command}\n{standard_input}\n{done.stdout}\n{done.stderr}"

    for language, body in recipes()[recipe]:
        if language == "sh":
            run(["bash", "-euo", "pipefail", "-c", body])
        else:
            for change in changes(body):
                run(APPLY, change)


@pytest.mark.parametrize("recipe", recipes())
def test_what_a_recipe_changes_is_there(recipe: str, tmp_path: Path) -> None:
    """Told at once, and not only by the slow tests."""
    for change in (change for language, body in recipes()[recipe] if language == "diff" for change in changes(body)):
        name = change.split(None, 2)[1].removeprefix("a/")
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
        done = subprocess.run(APPLY, cwd=tmp_path, input=change, capture_output=True, text=True, timeout=CEILING, check=False)
        assert done.returncode == 0, f"CONTRIBUTING.md, {recipe}: {done.stderr}"


def test_everything_that_can_be_added_has_a_recipe() -> None:
    assert {f"Add a {what}" for what in ("preset", "theme", "metric", "data set", "view")} <= set(recipes())


def test_the_newest_changes_are_those_of_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == __version__


def test_the_files_of_the_project_name_what_is_there() -> None:
    """Paths and modules in the recipes of `just`, of the workflows and of CONTRIBUTING.md."""
    made = re.findall(r"cat > (\S+)", TEXT)
    named = 0
    workflows = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
    for file in (CHECKOUT / "justfile", CHECKOUT / ".pre-commit-config.yaml", CHECKOUT / "CONTRIBUTING.md", *workflows):
        text = file.read_text("utf-8")
        paths = re.findall(r"(?<![\w/.])(?:\.ci|docs|tools|tests)/[\w./-]*\w", text)
        modules = re.findall(r"python -m ((?:tests|tools|benchmarks|gan_tui)[\w.]*)", text)
        named += len(paths) + len(modules)
        for path in paths:
            assert (CHECKOUT / path).exists() or path in made, f"{file.name}: {path}"
        for module in modules:
            place = CHECKOUT.joinpath(*module.split("."))
            assert place.with_suffix(".py").exists() or place.is_dir(), f"{file.name}: {module}"
    assert named > 20


def test_ci_tries_every_python_that_is_promised() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = [line.rsplit(" ", 1)[1] for line in project["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert project["requires-python"] == f">={promised[0]}"
    workflow = (CHECKOUT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    listed = ", ".join(f'"{version}"' for version in promised)
    assert f"python: [{listed}]" in workflow
