"""Runs on other machines, with an `ssh` of our own on the path: it runs what it is told to in a shell, as the real one does there."""

import json
import os
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.cli import remote as remote_cli
from gan_tui.errors import UserError
from gan_tui.run import hosts, places
from gan_tui.run.places import Place
from tests.dashboard.helpers import append, judged, make_run
from tests.fake_ssh import EVIL, entry, fake_ssh, far_tui


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ssh was told."""
    return fake_ssh(tmp_path, monkeypatch)


class Said:
    """What the command line said."""

    def __init__(self, *words: str) -> None:
        found = CliRunner().invoke(cli, words, standalone_mode=False)
        self.status, self.out, self.errors = found.return_value, found.stdout, found.stderr
        why = found.exception
        self.why = "" if why is None or isinstance(why, SystemExit) else str(getattr(why, "message", why))


def test_the_runs_of_hosts_and_of_this_machine_are_one_list(log: Path, tmp_path: Path) -> None:
    append(make_run(tmp_path, "near"), *judged())
    said = Said("runs", "--host", "server", "--host", ".", "--json")
    assert said.status == 0, said.errors
    assert [one["name"] for one in json.loads(said.out)] == ["server:far-1", "server:far-2", "near"]
    assert log.read_text().splitlines()[-3:] == ["--", "server", "far-tui runs --json --all"]
    assert "BatchMode=yes" in log.read_text()
    said = Said("runs", "tag:good fd<3", "--host", "me@server", "--plain")
    assert said.out.split()[1] == "me@server:far-2"
    assert Said("runs", "tag:none", "--host", "server").out.startswith("none of 2 runs on server")
    assert log.read_text().splitlines()[-1] == "far-tui runs --json --all --sweeps"


def test_an_archived_run_of_a_host_is_listed_where_it_is_asked_for(log: Path) -> None:
    far_tui(log.parent, [entry(archived=True, alive=False, state="completed"), entry(name="far-2")])
    assert [one["name"] for one in json.loads(Said("runs", "--host", "server", "--json").out)] == ["server:far-2"]
    assert len(json.loads(Said("runs", "--host", "server", "--json", "--all").out)) == 2


def test_sweeps_of_a_host_are_mentioned_and_are_entries_where_they_are_asked_for(log: Path, tmp_path: Path) -> None:
    far_tui(log.parent, [entry(), entry(name="rates", alive=False, state="completed", sweep=True)])
    said = Said("runs", "--host", "server", "--plain")
    assert "server:rates" not in said.out
    assert "server: and 1 sweep: rates; `gan-tui runs --host server` shows them in a terminal" in " ".join(said.errors.split())
    assert "sweep" not in Said("runs", "far-1", "--host", "server", "--plain").errors
    assert [one["name"] for one in json.loads(Said("runs", "--host", "server", "--json").out)] == ["server:far-1"]
    (tmp_path / "runs" / "here").mkdir(parents=True)
    (tmp_path / "runs" / "here" / "sweep.json").write_text("{")
    found = json.loads(Said("runs", "--host", "server", "--host", ".", "--json", "--sweeps").out)
    assert [(one["name"], one.get("sweep")) for one in found] == [("server:far-1", None), ("server:rates", True), ("here", True)]
    assert "sweep.json" in found[-1]["verdict"]
    assert "--json" in Said("runs", "--sweeps").why


def test_a_host_with_an_older_gan_tui_is_asked_without_its_sweeps(log: Path) -> None:
    far_tui(log.parent, [entry()])
    program = log.parent / "bin" / "far-tui"
    refuses = 'case "$*" in *--sweeps*) echo "gan-tui: No such option \'--sweeps\'" >&2; exit 2;; esac'
    program.write_text(program.read_text().replace("\n", f"\n{refuses}\n", 1))
    said = Said("runs", "--host", "server", "--plain")
    assert (said.status, said.errors) == (0, "")
    assert "server:far-1" in said.out
    assert [one["name"] for one in json.loads(Said("runs", "--host", "server", "--json", "--sweeps").out)] == ["server:far-1"]
    assert log.read_text().splitlines()[-1] == "far-tui runs --json --all"


def test_settings_of_far_runs_are_asked_for_where_they_are_needed(log: Path, tmp_path: Path) -> None:
    append(make_run(tmp_path, "near"), *judged())
    here = json.loads(Said("runs", "--json", "--all-settings").out)[0]
    assert here["settings"]["preset"] == "classic"
    there = [
        here | {"name": "near-2"},
        here | {"name": "wild", "settings": here["settings"] | {"preset": EVIL, "optimizer.g_lr": 0.5}},
        here | {"name": "odd", "settings": {"preset": {"no": "text"}}},
    ]
    far_tui(log.parent, there)
    said = Said("runs", "preset=classic", "--host", "server", "--host", ".", "--json")
    assert {one["name"] for one in json.loads(said.out)} == {"server:near-2", "near"}
    assert "1 run of 3 left out" in said.errors
    assert log.read_text().splitlines()[-1] == "far-tui runs --json --all --all-settings"
    said = Said("runs", "--settings", "--sort", "-g_lr", "--host", "server")
    first, *rows = said.out.splitlines()
    assert "optimizer.g_lr" in first
    assert "server:wild" in rows[0]
    assert "0.5" in rows[0]
    assert "\x1b" not in said.out
    assert "--json" in Said("runs", "--all-settings").why


def test_a_host_that_does_not_answer_is_said_and_the_others_are_listed(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "SECONDS", 0.3)
    said = Said(
        "runs",
        "--json",
        *(word for host in ("gone", "denied", "unseen", "wrong", "slow", "left", "server", "long", "other") for word in ("--host", host)),
    )
    assert said.status == 1
    assert [one["name"] for one in json.loads(said.out)] == ["server:far-1", "server:far-2"]
    lines = dict(line.removeprefix("gan-tui: ").split(": ", 1) for line in said.errors.splitlines())
    assert "No route to host" in lines["gone"]
    assert "without a password" not in lines["gone"]
    assert lines["denied"].startswith("me@denied: Permission denied (publickey,password); a list is asked for without a password")
    assert lines["unseen"].startswith("Host key verification failed; `ssh unseen`, once")
    assert lines["wrong"] == "config: line 3: Bad configuration option: prot"
    assert "no answer" in lines["slow"]
    assert "no answer" in lines["left"], "its child has the pipe still"
    assert "MB came back" in lines["long"] or "no answer" in lines["long"]
    assert "no list of runs" in lines["other"]
    assert len(said.errors.splitlines()) == 8
    assert log.exists()


def test_far_runs_are_counted_in_their_own_words(log: Path) -> None:
    known = {"name": "painted", "task": "style", "state": "completed", "alive": False, "epoch": 2, "epochs": 3, "archived": False}
    far_tui(log.parent, [entry(**known), entry(name="later", task="of a later version"), entry(name="older")])
    said = Said("runs", "--host", "server", "--plain")
    assert (said.status, said.errors) == (0, "")
    done = {line.split()[1].removeprefix("server:"): line for line in said.out.splitlines()}
    assert "2/3 scales done" in done["painted"]
    assert "3/9 epochs done" in done["later"]
    assert "3/9 epochs done" in done["older"]
    assert [one["task"] for one in json.loads(Said("runs", "--host", "server", "--json").out) if one["name"] == "server:painted"] == [
        "style"
    ]


def test_a_run_that_this_version_cannot_read_hides_no_other(log: Path) -> None:
    said = Said("runs", "--host", "mixed", "--json")
    assert [one["name"] for one in json.loads(said.out)] == ["mixed:far-1"]
    assert said.status == 1
    assert "3 runs of 4 left out" in said.errors
    assert log.exists()


def test_the_far_command_is_no_matter_of_a_list_of_this_machine(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(hosts.VARIABLE, " ")
    assert Said("runs", "--plain").why == ""
    assert "not empty" in Said("runs", "--host", "server").why
    assert not log.exists()


def test_a_command_that_is_not_there_names_the_way_out(log: Path) -> None:
    said = Said("runs", "--host", "server", "--remote-command", "no-such-tui")
    assert "'no-such-tui'" in said.errors
    assert "--remote-command" in said.errors
    assert "one line" in Said("runs", "--host", "server", "--remote-command", "a\nb").why
    assert log.exists()


def test_what_a_host_says_reaches_no_terminal_as_commands(log: Path) -> None:
    for form in ("--plain", "--json", "--csv"):
        said = Said("runs", "--host", "evil", form)
        assert said.status == 0, said.errors
        assert "\x1b" not in said.out
        assert "\x07" not in said.out
    assert log.exists()


@pytest.mark.parametrize(
    "word", ["-oProxyCommand=touch x", "-", "a b", "a;b", "$(x)", "a@-b", "-a@b", "a@b@c", "", "x" * 300, "a\nb", "é", f"a{EVIL}"]
)
def test_what_is_no_host_never_reaches_ssh(log: Path, word: str) -> None:
    said = Said("runs", f"--host={word}")
    assert ("is no host" if word else "the value is empty") in said.why
    assert "\n" not in said.why.replace(word, "")
    assert not log.exists()
    with pytest.raises(UserError):
        hosts.ssh(word, "gan-tui", ())


def test_which_words_mean_a_run_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here:1").mkdir()
    assert places.place_of("server:a-run") == Place("server", "a-run")
    assert places.place_of(f"server:{'x' * 3000}") == Place("server", "x" * 3000)
    assert places.place_of("me@gpu.lab:/data/runs/x y") == Place("me@gpu.lab", "/data/runs/x y")
    assert places.place_of("server:") == Place("server", "")
    for word in ("a-run", "here:1", "./a:b", "/data/a:b", "-oProxyCommand=x:y", "a b:c", ":x"):
        assert places.place_of(word) is None
    with pytest.raises(UserError):
        places.place_of(f"server:{EVIL}")


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that were to be become."""
    found: list[list[str]] = []

    def exec_(file: str, argv: list[str]) -> None:
        assert file == argv[0] == "ssh"
        found.append(argv)
        raise SystemExit(0)

    monkeypatch.setattr(os, "execvp", exec_)
    monkeypatch.setattr(remote_cli, "has_terminal", lambda: True)
    return found


def test_attach_and_watch_become_an_ssh_that_says_the_same_there(become: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(hosts.VARIABLE, raising=False)
    Said("attach", "server:a-run", "--fps", "1", "--no-mouse", "--theme", "a b")
    Said("attach", "server:")
    Said("watch", "server:", "--once")
    Said("watch", "me@server:it's; rm -rf ~", "--once", "--size", "60x20", "--remote-command", "~/.venv/bin/gan-tui")
    far, said = "~/.venv/bin/gan-tui", "'~/.venv/bin/gan-tui'"
    assert become == [
        ["ssh", "-t", "--", "server", "gan-tui attach --reached-by server gan-tui --theme 'a b' --fps 1.0 --no-mouse -- a-run"],
        ["ssh", "-t", "--", "server", "gan-tui attach --reached-by server gan-tui"],
        ["ssh", "-T", "-n", "--", "server", "gan-tui watch --reached-by server gan-tui --once -- latest"],
        [
            "ssh",
            "-T",
            "-n",
            "--",
            "me@server",
            f"{far} watch --reached-by me@server {said} --once --size 60x20 --remote-command {said} -- " + shlex.quote("it's; rm -rf ~"),
        ],
    ]


def test_what_cannot_be_said_there_is_said_here(become: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is of this machine" in Said("attach", "server:x", "--runs-dir", "/data").why
    assert "one line" in Said("watch", "server:x", "--remote-command", " ").why
    monkeypatch.setattr(remote_cli, "has_terminal", lambda: False)
    why = Said("attach", "server:x").why
    assert "needs a terminal" in why
    assert "`gan-tui watch server:x --once`" in why
    assert "`gan-tui runs --host server`" in why
    assert not become


def test_without_ssh_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = Said("runs", "--host", "server")
    assert said.status == 1
    assert "cannot start ssh" in said.errors
    assert "cannot start ssh" in Said("watch", "server:x", "--once").why
