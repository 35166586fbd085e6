"""Serving the dashboard to a browser on this machine.

What protects the run: the server listens on the loopback address only, and every path begins with a random token, which stands nowhere
but in the address that is printed; without it there is no page, no script and no socket. The Host header must name this machine and a
socket's Origin must be this very server, so that neither another web page nor a name that was rebound to 127.0.0.1 gets in by the
browser that has the address. The page loads nothing from elsewhere, and its browser is told not to.

A page is not believed either: a screen has at most 500 x 200 cells, there are at most eight at once, a message has a bounded length, and
each screen ends with its page, and with this server, however that ends.

What does not: the connection is not encrypted. It never leaves this machine (`ssh -L` encrypts what lies between two), but root can
read it. Who has the address can do all that the dashboard can, stopping the run included.
"""

import asyncio
import contextlib
import json
import os
import re
import secrets
import shlex
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import WSMsgType, web
from textual_serve.server import Server

from gan_tui.errors import UserError, reason_of
from gan_tui.web.screens import BoundedScreen, bounded

LOOPBACK = "127.0.0.1"
OWN_NAMES = (LOOPBACK, "localhost")
"""What a browser on this machine, or at the other end of an SSH tunnel, calls this server."""
_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
"""What a Host header may look like."""
HERE = Path(__file__).parent
TOKEN_BYTES = 16
SHUTDOWN_SECONDS = 2.0
"""How long open screens are waited for when the server ends."""

MOST_SCREENS = 8
"""At once. Each is a process of some 80 MB."""
HEARTBEAT_SECONDS = 15.0
"""Between two questions to a page whether it is still there; one that takes nothing more is closed after one and a half of them."""
BUSY_SECONDS = 10.0
"""How long a screen may take nothing of what its page sends."""
LONGEST_MESSAGE = 1 << 20
"""Bytes; more is typed by nobody and pasted by few."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def listen(port: int) -> socket.socket:
    """A socket on the loopback address; port 0 is any that is free. Raises UserError where that is impossible."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()  # at once: who reads the address may be quick
    except OSError as error:
        listener.close()
        raise UserError(
            f"cannot listen on port {port} of {LOOPBACK}: {reason_of(error)}; choose another with --port, or 0 for any"
        ) from None
    return listener


class RunServer(Server):
    """textual-serve behind a token, on a socket that is open already."""

    def __init__(self, command: list[str], listener: socket.socket, title: str) -> None:
        """`command` starts one screen, given the number of this process; each browser tab has its own."""
        self._listener = listener
        self._screens = 0
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        port = listener.getsockname()[1]
        # `exec`, because textual-serve starts it by a shell, and the screen shall be the server's own child.
        super().__init__(
            f"exec {shlex.join([*command, str(os.getpid())])}", LOOPBACK, port, title, f"http://{LOOPBACK}:{port}", templates_path=HERE
        )

    @property
    def address(self) -> str:
        """What to type into the browser."""
        return f"{self.public_url}/{self.token}/"

    def serve(self, debug: bool = False) -> None:
        """Serve until the process is stopped."""
        del debug
        web.run_app(self.make_app(), sock=self._listener, print=None, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)

    async def make_app(self) -> web.Application:
        """textual-serve's routes below the token, and nothing beside it."""
        app = web.Application(middlewares=[guard])
        pages = await self._make_app()
        pages.router.add_get("/page.js", self.handle_script)
        app.add_subapp(f"/{self.token}/", pages)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Without textual-serve's banner."""

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page, with addresses as this browser sees the server: through a tunnel the port is another one."""
        self.public_url = f"http://{request.host}"
        page: web.StreamResponse = await super().handle_index(request)
        return page

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One screen for one page, unless there are too many."""
        if self._screens >= MOST_SCREENS:
            raise web.HTTPServiceUnavailable(text=f"there are {MOST_SCREENS} screens already: close one\n")
        self._screens += 1
        try:
            return await self._show(request)
        finally:
            self._screens -= 1

    async def _show(self, request: web.Request) -> web.WebSocketResponse:
        page = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LONGEST_MESSAGE)
        await page.prepare(request)

        async def close() -> None:
            await page.close()

        screen = BoundedScreen(
            self.command,
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await screen.start(*bounded(_number(request.query.get("width")), _number(request.query.get("height"))))
            async for message in page:
                if message.type == WSMsgType.TEXT:
                    async with asyncio.timeout(BUSY_SECONDS):
                        await self._take(page, screen, message.data)
        except (OSError, RuntimeError):  # the page or the screen went, or took nothing, while something was on its way to it
            pass
        finally:
            await screen.stop()
            with contextlib.suppress(OSError, RuntimeError):
                await page.close()
        return page

    async def _take(self, page: web.WebSocketResponse, screen: BoundedScreen, text: str) -> None:
        """Do what a page's message says; what is no message of textual-serve's says nothing."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        match message:
            case ["stdin", str(keys)] if data := keys.encode("utf-8", "ignore"):  # to its driver, nothing is the end of all
                await screen.send_bytes(data)
            case ["resize", {"width": int(width), "height": int(height)}]:
                await screen.set_terminal_size(width, height)
            case ["ping", str() | int() | float() as sent]:
                await page.send_json(["pong", sent])
            case ["blur", *_]:
                await screen.blur()
            case ["focus", *_]:
                await screen.focus()

    async def handle_script(self, request: web.Request) -> web.StreamResponse:
        """What the page does beside textual-serve's own script."""
        del request
        return web.FileResponse(HERE / "page.js")


def _number(word: str | None) -> int | None:
    """A whole number of a sane length."""
    return int(word) if word is not None and re.fullmatch(r"-?[0-9]{1,9}", word) else None


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn away whom another page or a rebound name has sent; forbid the browser to load anything from elsewhere."""
    origin, hosts = request.headers.get("Origin"), request.headers.getall("Host", [])
    host = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if host is None:
        raise web.HTTPBadRequest(text="the header Host is missing or names no host\n")
    if host[1].lower() not in OWN_NAMES or (origin is not None and origin != f"http://{request.host}"):
        raise web.HTTPForbidden(text="this server answers to its own machine only\n")
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
            f"connect-src 'self' ws://{request.host}; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response
