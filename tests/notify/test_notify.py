"""A run calls its owner: by a command, a webhook and the bell."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gan_tui.dashboard.bell import Bell, bell
from gan_tui.dashboard.messages import Snapshot
from gan_tui.errors import UserError
from gan_tui.notify import settings
from gan_tui.notify.delivery import Delivery, Notice, deliver, message
from gan_tui.notify.settings import Notify
from gan_tui.run import calls
from gan_tui.run.events import AnyEvent, Checkpoint, Error, Evaluation, Finished, Metrics, Note, Started, Verdict
from gan_tui.run.log import EventWriter, read_all
from gan_tui.run.preview import Preview
from gan_tui.run.state import RunState
from gan_tui.spec.notices import NOTICES
from tests.conftest import SMALL, Cli, wait_for
from tests.patience import CEILING

NOTICE = Notice("failed", "mine has failed", "no space left", {"run": "mine", "step": 7})
FINISHED = Finished(step=100, outcome="completed", epoch=2, elapsed=9.0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file of this user is."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings.path().parent.mkdir(parents=True)
    return tmp_path


def write(text: str) -> None:
    settings.path().write_text(text)
    settings.path().chmod(0o600)


class Server(HTTPServer):
    """Keeps what it is sent."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.got = status, list[tuple[bytes, dict[str, str]]]()
        self.location = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((body, dict(self.headers)))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def seen(*events: AnyEvent, on: tuple[str, ...] = tuple(NOTICES)) -> list[Notice]:
    """What these events are worth."""
    state, found = RunState(), calls.Calls(Path("/nowhere/mine"), on)  # type: ignore[arg-type]
    notices = []
    for event in events:
        state.apply(event)
        notices += found.see(event, state)
    return notices


def measured(step: int, fd: float, at: float) -> Evaluation:
    return Evaluation(t=at, step=step, scalars={"fd": fd}, network="mnist-cnn-v1", seconds=1.0, best=True)


def test_a_run_that_ends_by_itself_is_worth_a_call_and_one_that_was_stopped_is_not() -> None:
    (done,) = seen(measured(90, 1.25, 5.0), FINISHED)
    assert (done.event, done.title, done.text) == ("finished", "mine is done", "2 epochs, 100 steps, FD 1.25")
    assert (done.facts["step"], done.facts["fd"], done.facts["run"]) == (100, 1.25, "mine")
    assert seen(Finished(step=1, outcome="stopped", epoch=0, elapsed=1.0)) == []
    (timed,) = seen(Finished(step=737, outcome="completed", epoch=0, elapsed=60.0))
    assert timed.text == "737 steps", "of a budget of time that was over before the first epoch"
    (failed,) = seen(Error(text="the disk is full"), Finished(step=1, outcome="failed", epoch=0, elapsed=1.0))
    assert (failed.event, failed.text) == ("failed", "the disk is full")
    (diverged,) = seen(Error(text="d_loss is nan", diverged=True), Finished(step=1, outcome="failed", epoch=0, elapsed=1.0))
    assert diverged.event == "diverged"


def test_a_verdict_calls_once_while_it_stays_bad() -> None:
    def verdict(at: float, rule: str = "collapse", level: str = "bad") -> Verdict:
        return Verdict(t=at, rule=rule, level=level, text="collapse", advice="lower the rate")  # type: ignore[arg-type]

    found = seen(verdict(0.0), verdict(1.0), verdict(2.0, level="warning"), verdict(3.0), verdict(4.0, "d-wins"), verdict(9e3, "d-wins"))
    assert [notice.event for notice in found] == ["bad"] * 3


def test_the_best_fd_calls_when_it_is_much_better_and_not_every_second() -> None:
    found = seen(measured(1, 9.0, 0.0), measured(2, 8.9, 700.0), measured(3, 5.0, 800.0), measured(4, 1.0, 900.0), measured(5, 0.9, 1500.0))
    assert [notice.facts["step"] for notice in found] == [3, 5]


def test_a_full_disk_calls_once_and_again_only_after_there_was_room(monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([5e9, 5e8, 4e8, 1.5e9, 5e8, 9e9, 5e8])
    monkeypatch.setattr(calls, "DISK_SECONDS", -1.0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": next(free)}))
    found = seen(*(Checkpoint(step=step, path="x", seconds=0.1) for step in range(7)))
    assert [(notice.event, notice.facts["step"]) for notice in found] == [("disk", 1), ("disk", 6)]


def test_metrics_cost_nothing_and_what_is_not_asked_for_does_not_call() -> None:
    assert seen(Metrics(scalars={"d_loss": "nan"}, elapsed=1.0, rate=1.0)) == []
    assert seen(FINISHED, on=("failed",)) == []


def test_a_training_calls_a_command_when_it_is_done(cli: Cli, home: Path) -> None:
    write(f"command = \"cat > '{home}/called'\"")
    done = cli("--headless", "--name", "mine", "--epochs", "1", "--set", "train.batch_size=75", *SMALL)
    assert done.returncode == 0, done.stderr
    event = json.loads((home / "called").read_text())
    assert (event["event"], event["run"], event["epoch"]) == ("finished", "mine", 1)


@pytest.mark.parametrize(
    ("command", "said"),
    [("echo 'no \x1b[31mline' >&2; exit 3", "status 3: no"), ("exec /no/such/program", "status 127"), ("sleep 60", "after 0.1 s")],
)
def test_a_command_that_fails_is_a_note_in_the_log_once_and_nothing_else(home: Path, command: str, said: str) -> None:
    write(f"command = {json.dumps(command)}\nseconds = 0.1" if "sleep" in command else f"command = {json.dumps(command)}")
    run = home / "mine"
    run.mkdir()
    with EventWriter(run / "events.jsonl") as log:
        for _ in range(3):
            log.write(FINISHED)
    notes = [event.text for event in read_all(run / "events.jsonl") if isinstance(event, Note)]
    assert len(notes) == 1
    assert said in notes[0]
    assert "\x1b" not in notes[0]


@pytest.mark.slow
def test_a_sweep_calls_once_and_its_trials_do_not(cli: Cli, home: Path) -> None:
    write(f'command = "cat >> {home}/called"')
    sweep = (
        "sweep",
        "--lr",
        "1e-4,1e-3",
        "--epochs",
        "1",
        "--name",
        "rates",
        "--set",
        "train.batch_size=500",
        "--set",
        "evaluation.samples=100",
    )
    done = cli(*sweep)
    assert done.returncode == 0, done.stderr
    (called,) = (home / "called").read_text().splitlines()
    found = json.loads(called)
    assert (found["event"], found["title"], found["path"]) == ("finished", "rates is done", str(cli.runs_dir / "rates"))
    assert found["text"] == done.stdout.splitlines()[-1]
    again = cli("sweep", "--resume", "rates")
    assert again.returncode == 0, again.stderr
    assert len((home / "called").read_text().splitlines()) == 1, "nothing was left to be done"


@pytest.mark.slow
def test_a_slow_call_hides_no_result_of_a_sweep_and_ctrl_c_loses_none(cli: Cli, home: Path) -> None:
    write(f"command = \"touch '{home}/begun'; until [ -e '{home}/gate' ]; do sleep 0.05; done\"\nseconds = 60")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # where it is ignored, children inherit that
    sweep = ("sweep", "--lr", "1e-4,1e-3", "--epochs", "1", "--name", "rates", "--set", "train.batch_size=500")
    files = ("-o", str(home / "chart.svg"), "--preset-out", str(home / "best.toml"))
    process = cli.start(*sweep, "--set", "evaluation.samples=100", *files)
    signal.signal(signal.SIGINT, before)
    wait_for(lambda: (home / "begun").exists() or process.poll() is not None)
    assert (home / "chart.svg").exists()
    assert (home / "best.toml").exists()
    assert process.stdout is not None
    assert process.stderr is not None
    errors = next(line for line in process.stderr if "calling you" in line)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=CEILING)
    (home / "gate").touch()
    assert output.startswith("take ")
    assert "ctrl+c" in errors
    assert process.returncode == 130


def test_who_is_slow_does_not_hold_the_log(home: Path) -> None:
    gate = home / "gate"
    delivery = Delivery(Notify(command=f"until [ -e '{gate}' ]; do sleep 0.01; done", seconds=60))
    for _ in range(30):
        delivery.send(NOTICE)
    assert any("dropped" in trouble for trouble in delivery.troubles())
    thread = delivery._thread
    assert thread is not None
    gate.touch()
    delivery.close()
    assert not thread.is_alive(), "as many as may wait were delivered, and it ended"


@pytest.mark.parametrize("form", ["json", "ntfy", "slack", "discord"])
def test_a_webhook_gets_what_its_service_wants(server: Server, form: settings.Format) -> None:
    assert deliver(NOTICE, Notify(webhook=server.address, format=form)) == []
    ((body, headers),) = server.got
    if form == "ntfy":
        assert (body, headers["Title"], headers["Priority"]) == (b"no space left", "mine has failed", "high")
    else:
        sent = json.loads(body)
        words = {"slack": "text", "discord": "content"}
        assert sent == (json.loads(NOTICE.as_json()) if form == "json" else sent)
        assert form == "json" or sent[words[form]] == "mine has failed: no space left"


def test_a_server_that_speaks_no_http_is_one_line() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"what?\r\n\r\n")
        connection.close()

    threading.Thread(target=answer, daemon=True).start()
    (trouble,) = deliver(NOTICE, Notify(webhook=f"http://127.0.0.1:{listener.getsockname()[1]}/secret", seconds=5))
    listener.close()
    assert "secret" not in trouble


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["status", "headers", "body"])
@pytest.mark.slow
def test_a_server_that_drips_its_answer_has_a_call_no_longer_than_one_that_is_silent(first: bytes) -> None:
    listener, over = socket.create_server(("127.0.0.1", 0)), threading.Event()
    calls_seen = []

    def drip(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            calls_seen.append(connection.recv(1000))
            connection.sendall(first)
            while not over.wait(0.02):
                connection.sendall(b"x")

    def answer() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=answer, daemon=True).start()
    chosen = Notify(webhook=f"http://127.0.0.1:{listener.getsockname()[1]}/secret", seconds=0.5)
    for _ in range(2):
        assert deliver(NOTICE, chosen) == ["notify.webhook did not answer within 0.5 s"]
    wait_for(lambda: len(calls_seen) == 2)
    over.set()
    listener.close()


@pytest.mark.usefixtures("home")
def test_a_password_in_an_address_is_refused() -> None:
    write("webhook = 'https://me:pass@example.org/x'")
    with pytest.raises(UserError, match="line 1") as refused:
        settings.load()
    assert "pass@" not in str(refused.value)


def test_names_from_outside_mention_nobody_and_break_no_header() -> None:
    notice = NOTICE._replace(title="@everyone <!here> \u65e5\u672c", text="<a> & b")
    assert json.loads(message(notice, "discord")[0])["allowed_mentions"] == {"parse": []}
    assert "<" not in json.loads(message(notice, "slack")[0])["text"]
    assert message(notice, "ntfy")[1]["Title"].isascii()


def test_a_webhook_that_fails_says_why_and_never_its_address(server: Server) -> None:
    server.status = 500
    (refused,) = deliver(NOTICE, Notify(webhook=server.address))
    (gone,) = deliver(NOTICE, Notify(webhook="http://127.0.0.1:1/secret"))
    assert "500" in refused
    assert gone.endswith("cannot be reached: connection refused")
    for line in (refused, gone):
        assert "secret" not in line
        assert "\n" not in line


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("https://other.example/secret", "https://other.example/...:"),
        ("https://127.0.0.1/secret", "https://127.0.0.1/... (with an s):"),
        ("//me:pass@other.example/secret", "http://other.example/...:"),
    ],
)
def test_a_webhook_that_redirects_has_not_delivered_and_names_the_place(server: Server, status: int, location: str, place: str) -> None:
    server.status, server.location = status, location
    (line,) = deliver(NOTICE, Notify(webhook=server.address))
    assert line == f"notify.webhook answered {status}: it redirects to {place} write that address"


@pytest.mark.parametrize("status", [300, 302])
def test_a_redirection_to_no_address_is_one_line_and_the_next_notice_is_delivered(server: Server, status: int) -> None:
    server.status, server.location = status, "http://[bad/secret"
    delivery = Delivery(Notify(webhook=server.address))
    for _ in range(2):
        delivery.send(NOTICE)
    delivery.close()
    assert len(server.got) == 2
    assert delivery.troubles() == [f"notify.webhook answered {status}: it redirects to what is no address"]


def test_what_nobody_has_thought_of_ends_no_deliveries(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("subprocess.Popen", fail)
    delivery = Delivery(Notify(command="true", webhook=server.address))
    for _ in range(2):
        delivery.send(NOTICE)
    delivery.close()
    assert len(server.got) == 2
    assert delivery.troubles() == ["notify.command failed: RuntimeError"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on = ['done']", "line 1"),
        ("bell = true\nbel = 1", "line 2: bel: no such key (bell?): there are on, command, "),
        ("command = 3", "command: a text of at most 4,096 characters is wanted"),
        ("webhook = 'ftp://x'", "line 1"),
        ("seconds = 900", "line 1"),
        ("on =", "TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(cli: Cli, home: Path, text: str, said: str) -> None:
    write(text)
    done = cli("notify")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    run = home / "mine"
    run.mkdir()
    with EventWriter(run / "events.jsonl") as log:
        log.write(FINISHED)
    assert [type(event) for event in read_all(run / "events.jsonl")] == [Finished, Note]


def test_a_file_that_others_can_write_names_no_command(home: Path) -> None:
    write("command = 'true'")
    settings.path().chmod(0o666)
    with pytest.raises(UserError, match="chmod"):
        settings.load()
    assert home.exists()


@pytest.mark.usefixtures("home")
def test_the_command_shows_tries_and_hides_the_secret(cli: Cli, server: Server) -> None:
    nobody = cli("notify", "--test")
    assert (nobody.returncode, nobody.stderr.count("\n")) == (2, 1)
    write(f"webhook = '{server.address}'\non = ['failed']")
    shown = cli("notify")
    assert shown.returncode == 0
    assert "secret" not in shown.stdout
    assert [line.split()[1] for line in shown.stdout.splitlines() if line.split()[0] in NOTICES] == ["no", "yes", "no", "no", "no", "no"]
    tried = cli("notify", "--test")
    assert (tried.returncode, len(server.got)) == (0, 1)
    server.status = 403
    refused = cli("notify", "--test")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("gan-tui: notify.webhook answered 403")
    write(cli("notify", "--example").stdout)
    assert settings.load().format == "ntfy"


def look(state: RunState, name: str, *, alive: bool) -> Snapshot:
    return Snapshot(state, name, alive, Preview(), None, 0, None)  # type: ignore[arg-type]


@pytest.mark.usefixtures("home")
def test_the_bell_rings_for_what_happens_and_not_for_what_was() -> None:
    state = RunState.of([Started(device="cpu", device_name="", epochs=1, steps_per_epoch=1)])
    ringer = Bell()
    assert not ringer.see(look(state, "training", alive=True), "mine")
    state.apply(Verdict(rule="collapse", level="bad", text="mode collapse"))
    assert "mode collapse" in ringer.see(look(state, "training", alive=True), "mine")
    assert not ringer.see(look(state, "training", alive=True), "mine")
    state.apply(FINISHED)
    assert not ringer.see(look(state, "training", alive=True), "mine"), "its trainer has yet to leave"
    assert "done" in ringer.see(look(state, "completed", alive=False), "mine")
    late = Bell()
    assert not late.see(look(state, "completed", alive=False), "mine")
    write("bell = false")
    silent = Bell()
    silent.see(look(RunState(), "training", alive=True), "mine")
    assert not silent.see(look(state, "completed", alive=False), "mine")


def test_what_a_terminal_is_sent_is_what_it_knows() -> None:
    assert bell("a;b", "foot") == "\a\x1b]777;notify;gan-tui;a,b\x1b\\"
    assert bell("a", "kitty") == "\a\x1b]9;a\x1b\\"
    assert bell("a", "") == bell("a", "tmux") == "\a"
