"""Serving the dashboard to a browser on this machine.

What protects the run: the server listens on the loopback address only, and every path begins with a random token, which stands nowhere
but in the address that is printed; without it there is no page, no script and no socket. The Host header must name this machine and a
socket's Origin must be this very server, so that neither another web page nor a name that was rebound to 127.0.0.1 gets in by the
browser of somebody who has the address. The page loads nothing from elsewhere, and its browser is told not to.

What does not: the connection is not encrypted. It never leaves this machine (`ssh -L` encrypts what lies between two), but root can
read it. Who has the address can do all that the dashboard can, stopping the run included.
"""

import secrets
import shlex
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from gan_tui.errors import UserError

LOOPBACK = "127.0.0.1"
OWN_NAMES = (LOOPBACK, "localhost")
"""What a browser on this machine, or at the other end of an SSH tunnel, calls this server."""
HERE = Path(__file__).parent
TOKEN_BYTES = 16
SHUTDOWN_SECONDS = 2.0
"""How long open screens are waited for when the server ends."""

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
        raise UserError(f"cannot listen on port {port} of {LOOPBACK}: {error.strerror}; choose another with --port, or 0 for any") from None
    return listener


class RunServer(Server):
    """textual-serve behind a token, on a socket that is open already."""

    def __init__(self, command: list[str], listener: socket.socket, title: str) -> None:
        """`command` starts one screen; each browser tab has its own."""
        self._listener = listener
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        port = listener.getsockname()[1]
        # `exec`, because textual-serve starts it by a shell, and the screen shall be the server's own child.
        super().__init__(f"exec {shlex.join(command)}", LOOPBACK, port, title, f"http://{LOOPBACK}:{port}", templates_path=HERE)

    @property
    def address(self) -> str:
        """What to type into the browser."""
        return f"{self.public_url}/{self.token}/"

    def serve(self, debug: bool = False) -> None:
        """Serve until somebody stops the process."""
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

    async def handle_script(self, request: web.Request) -> web.StreamResponse:
        """What the page does beside textual-serve's own script."""
        del request
        return web.FileResponse(HERE / "page.js")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn away whom another page or a rebound name has sent; forbid the browser to load anything from elsewhere."""
    origin = request.headers.get("Origin")
    if urlsplit(f"//{request.host}").hostname not in OWN_NAMES or (origin is not None and origin != f"http://{request.host}"):
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
