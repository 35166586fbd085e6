"""The process that forks for tests/zygote.py: `python -m tests.forking DESCRIPTOR`. It answers requests on that socket."""

import atexit
import fcntl
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback
import weakref
from collections.abc import Mapping, Sequence
from functools import cache
from typing import IO, Any, NoReturn

from PIL import Image

from tests import clock
from tests.zygote import DIGITS, FIRST, LONGEST, can_be_forked, flushed, heed_signals, module_of


def serve(asked: socket.socket) -> None:
    """Answer requests until there is nobody to ask them."""
    time.time = clock.now
    from gan_tui.training.main import import_torch

    import_torch()
    # What children would import else, each of them anew.
    from gan_tui.cli import cli
    from gan_tui.dashboard import app, driver, open_run  # noqa: F401
    from gan_tui.render import figure  # noqa: F401
    from gan_tui.training import rank_zero, sampling  # noqa: F401
    from gan_tui.training.engines import manual_grad  # noqa: F401
    from gan_tui.training.inversion import begin  # noqa: F401
    from gan_tui.training.transfer import begin as begin_transfer  # noqa: F401

    Image.preinit()
    assert cli.commands

    for imported in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        imported.atexit = False  # torch's: a child that ends would tidy up what was imported here, page by page
    gc.collect()
    gc.freeze()  # a collection in a child would touch, and so copy, every page
    children: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, LONGEST, 3)
        if not message:
            break
        request = json.loads(message)
        answer: dict[str, object] = {}
        if request["request"] == "start":
            if DIGITS in request["environment"]:
                _unpacked()
            pid = os.fork()
            if pid == 0:
                asked.close()
                _be_asked_for(request, descriptors)
            children.add(pid)
            answer["pid"] = pid
        elif request["request"] == "status":
            pid, status = os.waitpid(request["pid"], os.WNOHANG)
            children.discard(pid)
            answer["status"] = os.waitstatus_to_exitcode(status) if pid else None
        for descriptor in descriptors:
            os.close(descriptor)
        asked.send(json.dumps(answer).encode())
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os._exit(0)  # frozen objects are reported as leaks otherwise


@cache
def _unpacked() -> list[tuple[Any, Any]]:
    """MNIST, for all children: the test set and the training set, each with its labels.

    With one CPU thread: OpenMP takes others that were started here for its own in a child, which has none, and waits for them for ever.
    """
    import torch

    from gan_tui.data import mnist

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    loaded = [mnist.load(train=False), mnist.load(train=True)]
    torch.set_num_threads(threads)
    return loaded


def _be_asked_for(request: dict[str, Any], descriptors: Sequence[int]) -> NoReturn:
    heed_signals()
    for target, descriptor in enumerate(descriptors):
        os.dup2(descriptor, target)
    for descriptor in descriptors:
        os.close(descriptor)
    for number, path in request["redirected"]:
        if path:
            opened = os.open(path, os.O_RDWR)
            os.dup2(opened, number)
            os.close(opened)
        else:
            os.close(number)
    if request["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(request["folder"])
    exec(request["environment"].get(FIRST, ""), {})
    if count := int(request["environment"].get(DIGITS, 0)):
        from gan_tui.data import mnist

        few = [(images[:count], labels[:count]) for images, labels in _unpacked()]
        mnist.load = lambda *, train=True: few[train]
    setattr(subprocess, "Popen", ForkingPopen)  # noqa: B010 - mypy minds what one assigns to a class of the standard library
    _be(request["words"], request["environment"])


class ForkingPopen(subprocess.Popen[Any]):
    """What a child starts: a trainer as one more fork, all else as ever."""

    def _execute_child(
        self, args: Any, executable: Any, preexec_fn: Any, close_fds: bool, pass_fds: Any, cwd: Any, env: Any, *rest: Any
    ) -> None:
        if (
            not isinstance(args, list)
            or "gan_tui.training" not in args
            or threading.active_count() > 1
            or not can_be_forked(args, env or os.environ)
        ):
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest)  # type: ignore[misc]
            return
        streams, new_session = rest[3:9], rest[-2]
        self.pid = os.fork()
        if self.pid == 0:
            atexit._clear()
            gc.freeze()  # what the parent has open must not be closed under what opens the same numbers
            for target, descriptor in enumerate((streams[0], streams[3], streams[5])):
                if descriptor != -1:
                    os.dup2(descriptor, target)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            if new_session:
                os.setsid()
            _be(args, env or os.environ)
        self._child_created = True
        self._close_pipe_fds(*streams)  # type: ignore[attr-defined]


def _opened(descriptor: int, mode: str, **options: Any) -> IO[str] | None:
    """As an interpreter does as it starts: None where the descriptor is closed."""
    try:
        return open(descriptor, mode, closefd=False, **options)
    except OSError:
        return None


def _be(words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """The module that `words` start, from its first line to its exit status."""
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    streams = {
        "stdin": _opened(0, "r"),
        "stdout": _opened(1, "w"),
        "stderr": _opened(2, "w", errors="backslashreplace", buffering=1),
    }
    vars(sys).update(streams)
    vars(sys).update({f"__{name}__": stream for name, stream in streams.items()})
    if environment is not os.environ:
        os.environ.clear()
        os.environ.update(environment)
    tempfile.tempdir = None  # the environment says where it is
    module, *arguments = module_of(words) or [""]
    sys.argv = [module, *arguments]
    status: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        status = flushed(status if isinstance(status, int) else 0)
    finally:
        os._exit(status if isinstance(status, int) else 0)  # taking the interpreter down would touch every page


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
