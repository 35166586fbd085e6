"""What to tell people of an error that torch raised in the middle of training."""

from gan_tui.config import RunConfig
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint
from gan_tui.training.devices import device_in_use
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.out_of_memory import explain, is_out_of_memory


def explain_failure(error: RuntimeError | MemoryError, run: RunDirectory, settings: RunConfig, ranks: Ranks) -> str | None:
    """One line where memory has ended, with what to do; None for any other error, for that is ours."""
    saved = checkpoint.list_newest_first(run)
    again = f"; `gan-tui resume {run.word}` goes on from step {saved[0][0]:,}" if saved else ""
    text = explain_memory(error, settings, ranks)
    return f"{text}{again} once there is room" if text and again else text


def explain_memory(error: Exception, settings: RunConfig, ranks: Ranks) -> str | None:
    """How much memory there was and was wanted on this rank, and what would fit; None where the error is of another kind."""
    device = device_in_use(settings)
    if not is_out_of_memory(error, device):
        return None
    parameters, width = build.count_parameters(settings), build.width_setting(settings)
    return explain(error, settings, device, parameters=parameters, width=width, count=ranks.count)
