"""Every rank but the first: it has no run directory, only what rank 0 hands out and says."""

import signal
import sys
import tomllib

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.training import build, checkpoint
from gan_tui.training.devices import choose_device
from gan_tui.training.ranks import Ranks, Word
from gan_tui.training.session import Session


def follow() -> int:
    """Train along until rank 0 says stop; the exit status comes back.

    Signals are rank 0's business: a terminal's ctrl+c reaches the whole group, and only one may decide.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ranks = Ranks.join()
    try:
        settings = config.from_table(tomllib.loads(ranks.hand_out().decode()))
        device = choose_device(settings, ranks).device
        loaded = checkpoint.from_bytes(ranks.hand_out(), device)
        data = build.load_data(settings, device)
        if ranks.hand_out().decode() != data.digest:
            raise UserError(f"the images of {data.name} are others on this machine than on the first: copy them")
        session = Session(settings, device, data, loaded, ranks)
        while (word := ranks.listen()) is not Word.STOP:
            if word is Word.ROLL_BACK:
                loaded, rollbacks = checkpoint.from_bytes(ranks.hand_out(), device), session.progress.rollbacks + 1
                session = Session(settings, device, session.data, loaded, ranks, rollbacks=rollbacks)
            elif word is Word.CHANGE:
                session.change(ranks.hand_out().decode())
            else:
                session.advance()
    except RuntimeError as error:  # rank 0 is gone, and has said why where people look
        print(f"gan-tui: rank {ranks.rank} leaves: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    except UserError as error:
        print(f"gan-tui: rank {ranks.rank} leaves: {error}", file=sys.stderr)
        return 1
    finally:
        ranks.leave()
    return 0
