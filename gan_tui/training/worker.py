"""Every rank but the first: it has no run directory, only what rank 0 hands out and says."""

import os
import sys
import tomllib
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import FAILED, MISTAKEN, UserError, first_line
from gan_tui.printable import printable
from gan_tui.training import build, checkpoint, sharing
from gan_tui.training.devices import choose_device
from gan_tui.training.distributed.ranks import RankGoneError, Ranks, Signal
from gan_tui.training.distributed.watch import Watch
from gan_tui.training.distributed.workers import BEREFT, PARENT_VARIABLE, STORE_VARIABLE, remove_store
from gan_tui.training.session import Session
from gan_tui.training.stop import heed_no_interrupts, heed_no_signals


def run_worker() -> int:
    """Train along until rank 0 says stop; the exit status comes back.

    Signals are rank 0's business: a terminal's ctrl+c reaches the whole group, and only one may decide. Who waits for the others to come
    can be ended, though: where torchrun has started the ranks, nothing else would.
    """
    heed_no_interrupts()
    watch = Watch(_say_who_is_gone, BEREFT)
    if PARENT_VARIABLE in os.environ:
        watch.signs.append(_parent_gone)
    watch.start()
    try:
        ranks = Ranks.join(watch)
        heed_no_signals()
        _train_along(ranks)
        ranks.leave()
    except RankGoneError as error:
        _say_who_is_gone(watch.wait_for_loss(1.0) or str(error))
        _end(BEREFT)
    except Exception as error:  # whatever it is: rank 0 must hear of it, and nothing may be taken down
        _say(_in_words(error))
        _end(MISTAKEN if isinstance(error, UserError) else FAILED)
    return 0


def _train_along(ranks: Ranks) -> None:
    """Until rank 0 says stop. Nothing of the session is left afterwards: its graphs must be gone before the ranks part."""
    settings = config.from_table(tomllib.loads(ranks.broadcast_bytes().decode()))
    try:
        _train_with(settings, ranks)
    except RankGoneError:
        raise
    except (RuntimeError, MemoryError) as error:
        if (words := build.explain_memory(error, settings, ranks)) is None:
            raise
        raise UserError(words) from None


def _train_with(settings: RunConfig, ranks: Ranks) -> None:
    device = choose_device(settings, ranks).device
    sharing.refuse_unlike(device, ranks)
    loaded = checkpoint.from_bytes(ranks.broadcast_bytes(), device)
    data = build.load_data(settings, device)
    settings = build.with_classes(settings, data)
    if ranks.broadcast_bytes().decode() != data.identity:
        raise UserError(f"the images of {data.name} are others on this machine than on the first: copy them")
    session = Session(settings, device, data, loaded, ranks)
    while (signal := ranks.receive_signal()) is not Signal.STOP:
        if signal is Signal.ROLL_BACK:
            loaded, rollbacks = checkpoint.from_bytes(ranks.broadcast_bytes(), device), session.progress.rollbacks + 1
            session.engine.close()
            del session  # before the new one is made: there may not be room for two
            session = Session(settings, device, data, loaded, ranks, rollbacks=rollbacks)
        elif signal is Signal.CHANGE:
            session.change(ranks.broadcast_bytes().decode())
        else:
            session.advance()
    session.engine.close()


def _parent_gone() -> str | None:
    return None if os.getppid() == int(os.environ[PARENT_VARIABLE]) else "rank 0 is gone"


def _in_words(error: Exception) -> str:
    """One line, with the place in the program where the error is not meant for people."""
    line = first_line(error)
    if isinstance(error, UserError):
        return line
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {line} ({Path(place.filename).name}, line {place.lineno})"


def _say_who_is_gone(reason: str) -> None:
    """Where rank 0 has started this process, it says so itself, or there is no reader left."""
    if PARENT_VARIABLE not in os.environ:
        _say(f"leaves, for {reason}")
    elif _parent_gone():
        remove_store(Path(os.environ[STORE_VARIABLE]).parent)


def _say(text: str) -> None:
    with suppress(OSError):
        print(f"gan-tui: rank {os.environ['RANK']}: {printable(text)}", file=sys.stderr, flush=True)


def _end(status: int) -> NoReturn:
    """Without taking anything down: that would wait for ranks that are gone."""
    os._exit(status)
