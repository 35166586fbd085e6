"""`gan-tui serve` as a process, asked by a real HTTP and WebSocket client."""

import asyncio
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import psutil
import pytest

from gan_tui.run import events, mailbox
from gan_tui.run.directory import RunDirectory
from tests.conftest import Cli
from tests.dashboard.helpers import HeldRun, append, make_run, recorded

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/([\w-]{20,})/")


@pytest.fixture
def run(cli: Cli) -> RunDirectory:
    run = make_run(cli.runs_dir.parent)
    append(run, *recorded(3))
    return run


def serve(cli: Cli, *arguments: str) -> tuple["subprocess.Popen[str]", str]:
    """The server and its address."""
    process = cli.start("serve", "--port", "0", *arguments)
    assert process.stdout is not None
    found = ADDRESS.search(process.stdout.readline())
    assert found is not None, process.communicate()
    return process, found[0]


async def read_until(socket: aiohttp.ClientWebSocketResponse, words: str, seconds: float = 15) -> str:
    """What the screen has sent, once `words` are in it."""
    seen = ""
    async with asyncio.timeout(seconds):
        while words not in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen):
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                seen += message.data.decode("utf-8", "replace")
            elif message.type is not aiohttp.WSMsgType.TEXT:
                raise AssertionError(f"the socket closed before {words!r}")
    return seen


def test_the_screen_in_a_browser_and_q_there_does_not_touch_the_run(cli: Cli, run: RunDirectory) -> None:
    server, address = serve(cli)

    async def case() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.get(address) as page:
                assert page.status == 200
                text = await page.text()
                assert set(re.findall(r"\w+://([^\"/]+)", text)) == {address.split("/")[2]}, "nothing from elsewhere"
                assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            for path in re.findall(r'(?:href|src)="([^"]+)"', text):
                async with session.get(urljoin(address, path)) as part:
                    assert part.status == 200, path
            async with session.ws_connect(f"{address}ws?width=80&height=24") as screen:
                await read_until(screen, "d_loss")
                await screen.send_json(["stdin", "q"])
                await read_until(screen, "detach")
                await screen.send_json(["stdin", "d"])
                async with asyncio.timeout(10):
                    while not screen.closed:
                        await screen.receive()
            async with session.ws_connect(f"{address}ws?width=80&height=24") as screen:
                await read_until(screen, "d_loss")  # a tab that is closed without a word

    with HeldRun(run):
        asyncio.run(case())
        assert mailbox.receive(run.control) == []
        assert run.alive
    children = psutil.Process(server.pid).children(recursive=True)
    assert psutil.wait_procs(children, timeout=10)[1] == [], "no screen is left behind"
    server.terminate()
    assert server.wait(10) == 0


def test_who_has_not_the_address_gets_nothing(cli: Cli, run: RunDirectory) -> None:
    server, address = serve(cli, run.name)
    port = int(address.split(":")[2].split("/")[0])
    root = f"http://127.0.0.1:{port}"

    async def case() -> None:
        async with aiohttp.ClientSession() as session:
            for url, headers in (
                (f"{root}/", {}),
                (f"{root}/ws", {}),
                (f"{root}/static/js/textual.js", {}),
                (f"{root}/AAAAAAAAAAAAAAAAAAAAAA/ws", {}),
                (address, {"Host": f"evil.example:{port}"}),
                (address, {"Host": f"127.0.0.1.evil.example:{port}"}),
                (address, {"Origin": "http://evil.example"}),
                (f"{address}ws", {"Origin": f"http://localhost:{port + 1}"}),
            ):
                async with session.get(url, headers=headers) as answer:
                    assert answer.status in (403, 404), url
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{address}ws", origin="http://evil.example")
            async with session.get(address, headers={"Host": "localhost:9000", "Origin": "http://localhost:9000"}) as tunnelled:
                assert "ws://localhost:9000/" in await tunnelled.text()

    asyncio.run(case())
    listening = {
        connection.laddr.ip for connection in psutil.Process(server.pid).net_connections("inet") if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_finished_run_is_shown_and_takes_no_commands(cli: Cli, run: RunDirectory) -> None:
    append(run, events.Finished(outcome="completed", epoch=200, elapsed=100.0, step=120_000))
    _, address = serve(cli)

    async def case() -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}ws?width=80&height=24") as screen:
            await read_until(screen, "completed")
            await screen.send_json(["stdin", "s"])
            await read_until(screen, "read only")

    asyncio.run(case())


@pytest.mark.usefixtures("run")
def test_mistakes_are_one_line(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments, words in (
            (("--port", str(port)), f"cannot listen on port {port} of 127.0.0.1: Address already in use"),
            (("--port", "70000"), "70000 is not in the range"),
            (("--host", "0.0.0.0"), "ssh -L 8217:127.0.0.1:8217"),
            (("nope",), "no run 'nope'"),
        ):
            done = cli("serve", *arguments, timeout=20)
            assert (done.returncode, done.stdout) == (2, "")
            assert words in done.stderr
            assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("run")
def test_without_the_extra(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, importlib.abc\n"
        "class Hide(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'textual_serve': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hide())\n"
    )
    environment = cli.environment | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "gan_tui", "serve"], env=environment, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (2, "gan-tui: `serve` needs textual-serve: pip install 'gan-tui[serve]'\n")
