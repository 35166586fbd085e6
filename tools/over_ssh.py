"""The promise of README over a real ssh line: start, see digits, lose the line, find the run going on, attach, leave a clean terminal.

    python -m tools.over_ssh [--mosh] [--pictures FOLDER]

An sshd of one's own listens on 127.0.0.1, with keys that are made for it; each client runs in a tmux of one of four sizes. Needs sshd
(openssh-server), ssh, ssh-keygen and tmux, and with --mosh that as well; where one of them is missing it says so and leaves with status 0,
so that CI may skip it.
"""

import argparse
import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SIZES = ("60x20", "80x24", "120x40", "200x60")
PATIENCE = 60.0
MOSH_SERVER = "env MOSH_SERVER_NETWORK_TMOUT=20 mosh-server"
"""One whose client was killed ends as well; by itself it waits for that for ever."""
ROOT = Path(__file__).parent.parent


class Line:
    """A shell command on the other end of a line, in a tmux of its own."""

    def __init__(self, folder: Path, size: str, port: int, command: str, *, mosh: bool) -> None:
        self.socket, self.size = folder / f"tmux-{size}", size
        columns, rows = size.split("x")
        home = f"GAN_TUI_RUNS={folder / 'runs'} XDG_CONFIG_HOME={folder / 'config'}"
        remote = f"cd {shlex.quote(str(ROOT))} && env {home} {command}; echo rc=$?; cat"
        ssh = [
            "ssh", "-F", "none", "-p", str(port), "-i", str(folder / "key"), "-o", "StrictHostKeyChecking=no",
            "-o", f"UserKnownHostsFile={folder / 'known'}", "-o", "LogLevel=ERROR",
        ]  # fmt: skip
        client = [*ssh, "-tt", "127.0.0.1", remote]
        if mosh:
            client = [
                "env",
                "LC_ALL=C.UTF-8",
                "mosh",
                f"--server={MOSH_SERVER}",
                f"--ssh={shlex.join(ssh)}",
                "127.0.0.1",
                "--",
                "sh",
                "-c",
                remote,
            ]
        self.tmux("new-session", "-d", "-x", columns, "-y", rows, shlex.join(client))

    def tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-f", "/dev/null", "-S", str(self.socket), *words], capture_output=True, text=True, check=False)
        return done.stdout

    def text(self) -> str:
        """What stands on the screen."""
        return self.tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def see(self, what: str, *words: str) -> None:
        """Wait until all `words` stand on the screen."""
        until(f"{self.size}: {what}", lambda: all(word in self.text() for word in words), self.text)

    def client(self) -> int:
        """The process number of ssh or mosh."""
        return int(self.tmux("list-panes", "-F", "#{pane_pid}"))

    def end(self) -> None:
        self.tmux("kill-server")


def until(what: str, condition: Callable[[], bool], show: Callable[[], str] = str) -> None:
    """Wait for it; ends the program where it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"FAILED {what}: not within {PATIENCE:.0f} s\n{show()}")
        time.sleep(0.1)
    print(f"ok     {what}", flush=True)


@contextmanager
def sshd(folder: Path) -> Iterator[int]:
    """A server that lets this user in, with a key; its port."""
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nAuthorizedKeysFile {folder / 'key.pub'}\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nAllowUsers {getpass.getuser()}\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it locks itself up before anybody has logged in
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") or "sshd"
    server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL)
    try:
        until("sshd listens", lambda: _listens(port) or server.poll() is not None)
        yield port
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def walk(folder: Path, size: str, port: int, pictures: Path | None, *, mosh: bool) -> None:
    """One size: from the first command to a clean terminal."""
    name = f"over-ssh-{size}"
    program = f"{shlex.quote(sys.executable)} -m gan_tui"
    run = folder / "runs" / name
    first = Line(folder, size, port, f"{program} --name {name} --epochs 100000", mosh=mosh)
    second = None
    try:
        first.see("training is seen", "training", "d_loss")
        if pictures:
            (pictures / f"{size}.txt").write_text(first.tmux("capture-pane", "-p", "-e"))
        os.kill(first.client(), signal.SIGKILL)
        grown = (run / "events.jsonl").stat().st_size
        until(f"{size}: the line is cut, and the run goes on", lambda: (run / "events.jsonl").stat().st_size > grown)
        first.end()
        second = Line(folder, size, port, f"{program} attach {name}", mosh=mosh)
        second.see("attach shows it again", "training", "d_loss")
        second.press("Space")
        second.see("space pauses", "paused")
        second.press("Space")
        second.see("space goes on", "training")
        second.press("q")
        second.see("q asks", "detach")
        second.press("q")
        second.see("q q detaches, and the shell is there again", "rc=0")
        clean = "01" if mosh else "001"  # mosh has an alternate screen of its own
        modes = second.tmux("list-panes", "-F", f"{'' if mosh else '#{alternate_on}'}#{{mouse_any_flag}}#{{cursor_flag}}").strip()
        until(f"{size}: the terminal is clean: no alternate screen, no mouse, a cursor", lambda: modes == clean, lambda: modes)
    finally:
        subprocess.run([sys.executable, "-m", "gan_tui", "control", str(run), "stop"], cwd=ROOT, capture_output=True, check=False)
        until(f"{size}: the trainer saves and leaves", lambda: b'"finished"' in (run / "events.jsonl").read_bytes())
        for line in (first, second):
            if line:
                line.end()


def main() -> int:
    """All sizes; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.over_ssh", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep what each size showed, as text with its colours")
    parser.add_argument("--mosh", action="store_true", help="over mosh, which ssh only begins")
    options = parser.parse_args()
    needed = ["sshd", "ssh", "ssh-keygen", "tmux", *(["mosh"] if options.mosh else [])]
    missing = [name for name in needed if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed here")
        return 0
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="over-ssh-") as folder, sshd(Path(folder)) as port:
        for size in SIZES:
            walk(Path(folder), size, port, options.pictures, mosh=options.mosh)
    print("all of it holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
