"""Which versions of other packages are wanted: one list of the oldest, tried by .ci/lowest, and a torch that works is left alone."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.patience import CEILING
from tools import lock

CHECKOUT = Path(__file__).parents[2]
LOWEST = CHECKOUT / ".ci" / "lowest.txt"
OTHER_PROGRAMS = ("parquet", "wandb", "onnx", "lightning", "huggingface", "keras", "ignite")
"""Extras of those who export to them, or train with them."""


def wanted() -> dict[str, Requirement]:
    """What pyproject.toml wants for the program, its extras and its tests."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    found = [Requirement(line) for line in (*project["dependencies"], *extras["gpu"], *extras["serve"], *extras["test"])]
    return {requirement.name: requirement for requirement in found if requirement.name != "gan-tui"}


def lowest() -> dict[str, Version]:
    """The versions that .ci/lowest installs."""
    lines = [line for line in LOWEST.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {name: Version(version) for name, _, version in (line.partition("==") for line in lines)}


def test_the_list_of_the_oldest_versions_is_that_of_the_lower_bounds() -> None:
    bounds = {
        name: [Version(part.version) for part in requirement.specifier if part.operator == ">="] for name, requirement in wanted().items()
    }
    assert bounds == {name: [version] for name, version in lowest().items()}


def test_the_versions_that_maintainers_use_are_within_the_bounds() -> None:
    lines = [line for line in lock.FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    locked = {name: version for name, _, version in (line.partition("==") for line in lines)}
    for requirement in lock.wanted():
        if requirement.name in locked:
            assert requirement.specifier.contains(locked[requirement.name]), requirement
    rarely = {"gpu", *OTHER_PROGRAMS}  # which a maintainer's machine may lack
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    lacking = {Requirement(line).name for extra in rarely for line in extras[extra]}
    assert {requirement.name for requirement in lock.wanted()} - lacking <= set(locked)
    assert all(re.fullmatch(r"[a-z0-9-]+==[a-z0-9.]+", line) for line in lines), "versions, and not where they come from"


def test_the_command_installs_that_list_and_ci_calls_it() -> None:
    assert "-c .ci/lowest.txt" in (CHECKOUT / ".ci" / "lowest").read_text("utf-8")
    assert ".ci/lowest-if-changed" in (CHECKOUT / ".ci" / "run").read_text("utf-8")
    workflow = (CHECKOUT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert "- run: .ci/run\n" in workflow
    assert "- run: .ci/lowest --all\n" in workflow


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of one commit with the script in question; its `lowest` says that it was called."""
    place = tmp_path / "tree"
    (place / ".ci").mkdir(parents=True)
    (place / ".ci" / "lowest-if-changed").write_bytes((CHECKOUT / ".ci" / "lowest-if-changed").read_bytes())
    (place / ".ci" / "lowest").write_text("#!/bin/sh\necho called\n")
    for name in ("lowest", "lowest-if-changed"):
        (place / ".ci" / name).chmod(0o755)
    want(place, "1")
    git(place, "init", "--quiet", "--initial-branch", "main")
    commit(place)
    return place


def want(place: Path, torch: str, wandb: str = "1") -> None:
    """Want versions of a package that the oldest versions have, and of one that they have not."""
    extras = f'[project.optional-dependencies]\nwandb = ["wandb>={wandb}"]\n'
    (place / "pyproject.toml").write_text(f'[project]\ndependencies = ["torch>={torch}"]\n{extras}')


def git(place: Path, *arguments: str) -> None:
    who = ("-c", "user.name=someone", "-c", "user.email=someone@example.invalid")
    subprocess.run(["git", *who, *arguments], cwd=place, env=private(), check=True, capture_output=True)


def private() -> dict[str, str]:
    """An environment without what a hook or a worktree says to git, and without the tree under test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_") and name != "PYTHONPATH"}


def commit(place: Path) -> None:
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "a change")


def said(place: Path) -> str:
    command = [place / ".ci" / "lowest-if-changed"]
    return subprocess.run(command, env=private(), check=True, capture_output=True, text=True).stdout


def test_the_oldest_versions_are_tried_when_they_change(repository: Path, tmp_path: Path) -> None:
    assert "no commit to compare with" in said(repository), "a clone of one commit"
    (repository / "other").write_text("1\n")
    commit(repository)
    assert said(repository) == "lowest: the wanted versions are as they were\n"
    want(repository, "1", wandb="2")
    assert said(repository) == "lowest: the wanted versions are as they were\n", "of what is not tried"
    want(repository, "2")
    assert said(repository) == "called\n", "not committed yet"
    commit(repository)
    assert said(repository) == "called\n"
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), str(clone))
    assert "no commit to compare with" in said(clone)


def test_a_branch_is_compared_with_where_it_left_main(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    want(clone, "2")
    commit(clone)
    (clone / "other").write_text("1\n")
    commit(clone)
    assert said(clone) == "called\n", "two commits ago, and on this branch"


def put_there(site: Path, name: str, version: str, *requires: str) -> None:
    """A package as far as pip asks for it: that it is there, and what it wants."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {line}" for line in requires)]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    (info / "INSTALLER").write_text("pip\n")
    (info / "RECORD").write_text("")


@pytest.mark.slow
@pytest.mark.parametrize(("torch", "torchvision"), [("", ""), ("2.6.0+cu124", "0.21.0+cu124")], ids=["lowest", "2.6.0+cu124"])
def test_a_torch_that_is_there_is_left_alone(torch: str, torchvision: str, wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], env=private(), check=True)
    torch, torchvision = torch or str(lowest()["torch"]), torchvision or str(lowest()["torchvision"])
    (site,) = environment.glob("lib/python3.*/site-packages")
    put_there(site, "torch", torch)
    put_there(site, "torchvision", torchvision, "numpy", f"torch (=={torch})", "pillow !=8.3.*,>=5.3.0")
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install", "--quiet", "--dry-run"]

    def resolved(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*pip, *arguments], env=private(), capture_output=True, text=True, timeout=CEILING, check=False)

    if resolved("--no-deps", "--retries", "0", "click").returncode:
        pytest.skip("pip reaches no package index")
    report = tmp_path / "report.json"
    done = resolved("--report", str(report), f"gan-tui[gpu,serve] @ {wheel.as_uri()}")
    assert done.returncode == 0, done.stderr
    names = {entry["metadata"]["name"].lower() for entry in json.loads(report.read_text("utf-8"))["install"]}
    assert {"gan-tui", "textual", "safetensors"} <= names
    assert not {name for name in names if name.startswith(("torch", "nvidia-cu", "triton"))}
