"""Carrying a notice to where its owner wants it: a command, or a webhook. Nothing that goes wrong here reaches the training."""

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from gan_tui import __version__
from gan_tui.errors import reason_of
from gan_tui.notify.settings import Notify
from gan_tui.printable import printable
from gan_tui.spec.notices import NoticeName

MOST_WAITING = 20
"""Notices that wait for a slow line; more are dropped, and that is said."""
LONGEST_ANSWER = 500
PRIORITIES = {"failed": "high", "diverged": "high", "disk": "high", "bad": "default", "finished": "default", "best": "low"}
TAGS = {"failed": "x", "diverged": "x", "disk": "floppy_disk", "bad": "warning", "finished": "white_check_mark", "best": "trophy"}


class _Redirects(HTTPRedirectHandler):
    """None is followed: what is followed becomes a GET without a body, and the notice is lost while all seems well."""

    def http_error_302(self, *_: Any, **__: Any) -> None:
        return None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class Notice(NamedTuple):
    """One call."""

    event: NoticeName
    title: str
    text: str
    facts: dict[str, Any]
    """What else a program may want to know: the run's name and path, its step, and so on."""

    def as_json(self) -> bytes:
        """One object on one line."""
        return json.dumps({"event": self.event, "title": self.title, "text": self.text, **self.facts}).encode()


class Delivery:
    """Delivers notices in a thread of its own, one after the other."""

    def __init__(self, settings: Notify) -> None:
        self._settings = settings
        self._waiting: queue.SimpleQueue[Notice | None] = queue.SimpleQueue()
        self._troubles: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._said: set[str] = set()
        self._thread: threading.Thread | None = None

    def send(self, notice: Notice) -> None:
        """Never waits."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver, name="notify", daemon=True)
            self._thread.start()
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(notice)
        else:
            self._trouble(f"more than {MOST_WAITING} notices wait to be delivered: one was dropped")

    def troubles(self) -> list[str]:
        """What went wrong since this was asked last, each once."""
        found = []
        with suppress(queue.Empty):
            while True:
                found.append(self._troubles.get_nowait())
        return found

    def close(self) -> None:
        """Let what waits be delivered, as long as one delivery may take, and a little more."""
        if self._thread is None:
            return
        self._waiting.put(None)  # there is always room for it: the thread would never end, and the training with it
        self._thread.join((bool(self._settings.command) + bool(self._settings.webhook)) * self._settings.seconds + 1.0)
        self._thread = None

    def _deliver(self) -> None:
        while (notice := self._waiting.get()) is not None:
            for trouble in deliver(notice, self._settings):
                self._trouble(trouble)

    def _trouble(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._troubles.put(text)


def deliver(notice: Notice, settings: Notify) -> list[str]:
    """Call at once, and wait for it; what went wrong comes back, a line each. Raises nothing."""
    troubles = []
    for key, chosen, call in (("command", settings.command, _run), ("webhook", settings.webhook, _post)):
        try:
            troubles.append(call(notice, settings) if chosen else "")
        except Exception as error:  # the next notice has its own chance; what it says may repeat the address
            troubles.append(f"notify.{key} failed: {type(error).__name__}")
    return [trouble for trouble in troubles if trouble]


def _run(notice: Notice, settings: Notify) -> str:
    """Why a command failed; empty where it did not."""
    seconds = settings.seconds
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", settings.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        return f"notify.command cannot be started: {reason_of(error)}"
    try:
        _, errors = process.communicate(notice.as_json() + b"\n", seconds)
    except subprocess.TimeoutExpired:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"notify.command was ended after {seconds:g} s"
    except OSError as error:
        return f"notify.command took no event: {reason_of(error)}"
    if process.returncode:
        said = printable(" ".join(errors[:LONGEST_ANSWER].decode("utf-8", "replace").split()))
        return f"notify.command ended with status {process.returncode}" + (f": {said}" if said else "")
    return ""


def _post(notice: Notice, settings: Notify) -> str:
    """Why a webhook failed; empty where it did not. Its address is a secret, and is not repeated."""
    body, headers = message(notice, settings.format)
    request = Request(settings.webhook, body, {"User-Agent": f"gan-tui/{__version__}"} | headers, method="POST")
    try:
        _within(settings.seconds, lambda: _exchange(request, settings.seconds))
    except HTTPError as error:
        if 300 <= error.code < 400 and (target := error.headers.get("Location")):
            with suppress(ValueError):
                return f"notify.webhook answered {error.code}: it redirects to {_place(settings.webhook, target)}: write that address"
            return f"notify.webhook answered {error.code}: it redirects to what is no address"
        return f"notify.webhook answered {error.code} {printable(str(error.reason))[:100]}"
    except HTTPException as error:  # what it says may repeat the address
        return f"notify.webhook does not speak HTTP as it should: {type(error).__name__}"
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            return f"notify.webhook did not answer within {settings.seconds:g} s"
        return f"notify.webhook cannot be reached: {printable(reason_of(reason) if isinstance(reason, Exception) else str(reason))[:200]}"
    return ""


def _exchange(request: Request, seconds: float) -> None:
    """Post, and hear the answer out. `seconds`: how long each of its bytes may take."""
    with build_opener(_Redirects).open(request, timeout=seconds) as answer:
        answer.read(LONGEST_ANSWER)


def _within(seconds: float, function: Callable[[], None]) -> None:
    """Do it, or raise TimeoutError and leave it behind. A timeout of urllib begins anew with each byte, and waits for a name's address."""
    done = Future[None]()

    def do() -> None:
        try:
            function()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    threading.Thread(target=do, name="webhook", daemon=True).start()
    done.result(seconds)


def _place(address: str, target: str) -> str:
    """Where a redirection leads, without the secret in it. Raises ValueError where it is no address."""
    before, there = urlsplit(address), urlsplit(urljoin(address, target))
    host = there.netloc.rpartition("@")[2]
    if (before.scheme, before.hostname, there.scheme) == ("http", there.hostname, "https"):
        return printable(f"https://{host}/... (with an s)")[:200]
    return printable(f"{there.scheme}://{host}/...")[:200]


def message(notice: Notice, form: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a POST.

    Formats: https://docs.ntfy.sh/publish/, https://api.slack.com/messaging/webhooks, https://discord.com/developers/docs/resources/webhook.
    """
    if form == "ntfy":
        title = notice.title.encode("ascii", "replace").decode()
        return notice.text.encode(), {"Title": title, "Priority": PRIORITIES[notice.event], "Tags": TAGS[notice.event]}
    words = f"{notice.title}: {notice.text}" if notice.text else notice.title
    headers = {"Content-Type": "application/json"}
    if form == "slack":
        return json.dumps({"text": words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}).encode(), headers
    if form == "discord":
        return json.dumps({"content": words[:2000], "allowed_mentions": {"parse": []}}).encode(), headers
    return notice.as_json(), headers
