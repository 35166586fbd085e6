"""`gan-tui serve` as a process, asked by a real HTTP and WebSocket client."""

import asyncio
import contextlib
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
from gan_tui.web import screens
from gan_tui.web.server import LONGEST_MESSAGE, MOST_SCREENS
from tests.conftest import Cli
from tests.dashboard.helpers import HeldRun, append, make_run, recorded
from tests.patience import CEILING
from tests.zygote import Process

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/([\w-]{20,})/")


@pytest.fixture
def run(cli: Cli) -> RunDirectory:
    run = make_run(cli.runs_dir.parent)
    append(run, *recorded(3))
    return run


def serve(cli: Cli, *arguments: str) -> tuple[Process, str]:
    """The server and its address."""
    process = cli.start("serve", "--port", "0", *arguments)
    assert process.stdout is not None
    found = ADDRESS.search(process.stdout.readline())
    assert found is not None, process.communicate()
    return process, found[0]


async def read_until(socket: aiohttp.ClientWebSocketResponse, words: str, seconds: float = CEILING) -> str:
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


@pytest.mark.slow
def test_the_screen_in_a_browser_and_q_there_does_not_touch_the_run(cli: Cli, run: RunDirectory) -> None:
    server, address = serve(cli)

    async def case() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.get(address) as page:
                assert page.status == 200
                text = await page.text()
                assert set(re.findall(r"\w+://([^\"/]+)", text)) == {address.split("/")[2]}, "nothing from elsewhere"
                assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert 'name="viewport" content="width=device-width' in text, "a phone draws it at its own width"
            assert '<link rel="icon" href="data:,"' in text, "no browser asks for an icon that there is not"
            for path in re.findall(r'(?:href|src)="(?!data:)([^"]+)"', text):
                async with session.get(urljoin(address, path)) as part:
                    assert part.status == 200, path
            async with session.ws_connect(f"{address}ws?width=80&height=24") as screen:
                await read_until(screen, "d_loss")
                await screen.send_json(["stdin", "q"])
                await read_until(screen, "detach")
                await screen.send_json(["stdin", "d"])
                async with asyncio.timeout(CEILING):
                    while not screen.closed:
                        await screen.receive()
            async with session.ws_connect(f"{address}ws?width=80&height=24") as screen:
                await read_until(screen, "d_loss")  # a tab that is closed without a word

    with HeldRun(run):
        asyncio.run(case())
        assert mailbox.receive(run.control) == []
        assert run.alive
    children = psutil.Process(server.pid).children(recursive=True)
    assert psutil.wait_procs(children, timeout=CEILING)[1] == [], "no screen is left behind"
    server.terminate()
    assert server.wait(CEILING) == 0


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
    process = psutil.Process(server.pid)
    connections = getattr(process, "net_connections", None) or process.connections  # the name before psutil 6
    listening = {connection.laddr.ip for connection in connections("inet") if connection.status == psutil.CONN_LISTEN}
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
            (("latest", "--port", str(port)), f"cannot listen on port {port} of 127.0.0.1: address already in use"),
            (("--port", "70000"), "--port 70000: a whole number, 0 to 65,535"),
            (("--host", "0.0.0.0"), "ssh -L 8217:127.0.0.1:8217"),
            (("nope",), "no run 'nope'"),
        ):
            done = cli("serve", *arguments)
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
        [sys.executable, "-m", "gan_tui", "serve", "latest"], env=environment, capture_output=True, text=True, timeout=CEILING, check=False
    )
    assert (done.returncode, done.stderr) == (2, "gan-tui: `serve` needs textual-serve: pip install 'gan-tui[serve]'\n")


async def size_of_the_drawing(screen: aiohttp.ClientWebSocketResponse) -> tuple[int, int]:
    """The furthest column and line that anything was drawn at."""
    seen = await read_until(screen, "d_loss")
    places = [(int(column), int(row)) for row, column in re.findall(r"\x1b\[(\d+);(\d+)H", seen)]
    return max(column for column, _ in places), max(row for _, row in places)


@pytest.mark.slow
@pytest.mark.usefixtures("run")
def test_a_page_that_claims_a_gigantic_screen_gets_a_large_one(cli: Cli) -> None:
    """A million by a million left an orphan of 1.5 GB, which outlived the server."""
    server, address = serve(cli)

    async def case() -> None:
        async with aiohttp.ClientSession() as session:
            for query in ("width=1000000&height=1000000", "width=-5&height=0", "width=1e9&height=x", "width=" + "9" * 5000 + "&height=24"):
                async with session.ws_connect(f"{address}ws?{query}") as screen:
                    await screen.send_json(["resize", {"width": 10**12, "height": 10**12}])
                    await screen.send_json(["resize", {"width": 80, "height": 24}])
                    await read_until(screen, "d_loss")
                    screens_there = psutil.Process(server.pid).children(recursive=True)
                    assert screens_there
                    assert max(child.memory_info().rss for child in screens_there) < 400 << 20
            async with session.ws_connect(f"{address}ws?width=1000000&height=1000000") as screen:
                columns, rows = await size_of_the_drawing(screen)
                assert columns <= screens.WIDEST
                assert rows <= screens.HIGHEST

    asyncio.run(case())
    assert wait_childless(server.pid)


def wait_childless(pid: int) -> bool:
    return not psutil.wait_procs(psutil.Process(pid).children(recursive=True), timeout=CEILING)[1]


@pytest.mark.slow
@pytest.mark.usefixtures("run")
def test_there_are_only_so_many_screens_and_a_closed_one_makes_room(cli: Cli) -> None:
    """Fifty sockets were fifty processes."""
    server, address = serve(cli)

    async def case() -> None:
        async with aiohttp.ClientSession() as session:
            opened = [await session.ws_connect(f"{address}ws?width=20&height=5") for _ in range(MOST_SCREENS)]
            for _ in range(3):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await session.ws_connect(f"{address}ws?width=20&height=5")
                assert refused.value.status == 503
            assert len(psutil.Process(server.pid).children(recursive=True)) <= MOST_SCREENS
            await opened.pop().close()
            async with asyncio.timeout(CEILING):
                while True:
                    with contextlib.suppress(aiohttp.WSServerHandshakeError):
                        opened.append(await session.ws_connect(f"{address}ws?width=80&height=24"))
                        break
                    await asyncio.sleep(0.1)
            await read_until(opened[-1], "d_loss")
            for screen in opened:
                await screen.close()

    asyncio.run(case())
    assert wait_childless(server.pid)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread looks, once a second")
@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.usefixtures("run")
def test_screens_end_with_a_server_that_is_killed(busy: bool, cli: Cli) -> None:
    """A screen that is stopped as well, and so can do nothing for it."""
    server, address = serve(cli)

    async def case() -> list[psutil.Process]:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}ws?width=80&height=24") as screen:
            await read_until(screen, "d_loss")
            children: list[psutil.Process] = psutil.Process(server.pid).children(recursive=True)
            assert children
            if busy:
                children[0].suspend()
            server.kill()
            return children

    children = asyncio.run(case())
    assert psutil.wait_procs(children, timeout=CEILING)[1] == []


@pytest.mark.usefixtures("run")
def test_a_host_that_names_none_is_a_mistake_of_the_client(cli: Cli) -> None:
    _, address = serve(cli)
    host, port, path = address.split("/")[2].split(":")[0], int(address.split(":")[2].split("/")[0]), "/" + address.split("/", 3)[3]
    for lines, expected in (
        ([b"Host: ["], b"400"),
        ([b"Host: [::1"], b"400"),
        ([b"Host: 127.0.0.1:99999999"], b"400"),
        ([b"Host: 127.0.0.1; script-src *"], b"400"),
        ([b"Host: a b"], b"400"),
        ([b"Host: \xff\xfe"], b"400"),
        ([b"Host:"], b"400"),
        ([], b"400"),
        ([b"Host: 127.0.0.1", b"Host: evil.example"], b"400"),
        ([b"Host: [::1]"], b"403"),
        ([b"Host: LOCALHOST"], b"200"),
    ):
        with socket.create_connection((host, port), timeout=CEILING) as client:
            client.sendall(b"\r\n".join([b"GET " + path.encode() + b" HTTP/1.1", *lines, b"Connection: close", b"", b""]))
            answer = client.recv(4096)
        assert answer.split(b" ", 2)[1] == expected, (lines, answer[:200])


@pytest.mark.slow
@pytest.mark.usefixtures("run")
def test_what_a_page_sends_need_be_no_message(cli: Cli) -> None:
    server, address = serve(cli)
    nonsense = (
        "", "x", "[]", "{}", "3", "null", '["stdin"]', '["stdin",5]', '["stdin",""]', '["stdin","\\ud800"]', '["resize"]', '["resize",{}]',
        '["resize",{"width":"a","height":null}]', '["resize",{"width":1e400,"height":1}]', '["ping"]', '["ping",{"a":[1]}]',
        '["blur"]', '["focus"]',
        '["unknown",1]', "[" * 100_000, "9" * 10_000, '["stdin","\\u001b[200~' + "x" * 500_000 + '\\u001b[201~"]',
    )  # fmt: skip

    async def case() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"{address}ws?width=80&height=24") as screen:
                await read_until(screen, "d_loss")
                for text in nonsense:
                    await screen.send_str(text)
                    await screen.send_bytes(text.encode("utf-8", "replace")[:1000])
                await screen.send_json(["stdin", "6"])
                await read_until(screen, "following the end")
            async with session.ws_connect(f"{address}ws?width=80&height=24") as screen:
                await screen.send_str("x" * (LONGEST_MESSAGE + 1))
                async with asyncio.timeout(CEILING):
                    while (message := await screen.receive()).type is not aiohttp.WSMsgType.CLOSE:
                        assert message.type is not aiohttp.WSMsgType.CLOSED
                assert message.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG

    asyncio.run(case())
    assert wait_childless(server.pid)
    server.terminate()
    assert server.wait(CEILING) == 0
    assert server.stderr is not None
    assert "Traceback" not in server.stderr.read()


@pytest.mark.slow
@pytest.mark.usefixtures("run")
def test_a_page_that_takes_nothing_holds_up_nobody(cli: Cli) -> None:
    """It opens a screen, keeps it busy and never reads; another page works, and closing the first leaves nothing behind."""
    server, address = serve(cli)
    port = int(address.split(":")[2].split("/")[0])

    async def case() -> None:
        with socket.create_connection(("127.0.0.1", port)) as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            path = address.split("/", 3)[3]
            headers = f"Host: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
            deaf.sendall(f"GET /{path}ws?width=500&height=200 HTTP/1.1\r\n{headers}\r\nSec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode())
            async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}ws?width=80&height=24") as screen:
                await read_until(screen, "d_loss")
        async with asyncio.timeout(CEILING):
            while psutil.Process(server.pid).children(recursive=True):
                await asyncio.sleep(0.1)

    asyncio.run(case())
