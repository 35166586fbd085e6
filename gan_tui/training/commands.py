"""What the mailbox asks of a trainer, carried out between two steps."""

from collections.abc import Sequence

from gan_tui import config
from gan_tui.errors import NotFiniteError, UserError
from gan_tui.run.events import Answer, Bookmark
from gan_tui.run.mailbox import Command
from gan_tui.spec.commands import LIVE_SETTINGS
from gan_tui.training.control import Control

MOST_OF_A_NOTE = 200
"""Characters of a bookmark's note that are kept."""


def handle_commands(control: Control, commands: Sequence[Command]) -> None:
    """Do each, and answer with an event. Raises NotFiniteError and OSError."""
    for command in commands:
        try:
            ok, text = True, _execute(control, command)
        except NotFiniteError:
            raise
        except UserError as error:
            ok, text = False, str(error)
        control.writer.write(Answer(step=control.progress.step, id=command.id, command=command.name, ok=ok, text=text))


def _execute(control: Control, command: Command) -> str:
    """Do what is asked; the answer comes back. Raises UserError where it cannot be done."""
    step = control.progress.step
    match command.name:
        case "pause":
            return f"paused at step {step}" if control.pause() else f"is paused already, at step {step}"
        case "resume":
            return f"resumed at step {step}" if control.resume() else "is training already"
        case "save":
            _want(control.save(), "a checkpoint")
            return f"saved at step {step}"
        case "sample":
            path = control.run.samples / f"fake_images-step-{step:09d}.png"
            _want(control.write_samples(path), "samples")
            return f"wrote {path.relative_to(control.run.path)}"
        case "evaluate":
            if control.evaluations is None:
                raise UserError("evaluations are turned off: evaluation.budget is 0")
            said = control.evaluate(control.evaluations)
            _want(bool(said), "an evaluation")
            return said
        case "neighbours":
            _want(control.write_neighbours(), "the nearest images")
            return f"found the nearest training image of each sample of step {step}"
        case "bookmark":
            control.writer.write(Bookmark(step=step, text=command.text[:MOST_OF_A_NOTE]))
            return f"bookmarked step {step}"
        case "set":
            return _change(control, command.text)
        case "stop":
            control.stop.request("asked to stop")
            return f"stopping at step {step}"


def _want(done: bool, what: str) -> None:
    """Raises UserError where what was asked for was left out."""
    if not done:
        raise UserError(f"no memory for {what}: training goes on without")


def _change(control: Control, assignment: str) -> str:
    key = assignment.partition("=")[0].strip()
    if key not in LIVE_SETTINGS:
        raise UserError(f"'{key}' cannot be changed while the run trains; these can: {', '.join(LIVE_SETTINGS)}")
    control.change(assignment)
    value = float(config.get(control.settings, key))
    remark = LIVE_SETTINGS[key].remark(value)
    return f"{key} is {value:g} from step {control.progress.step} on{f'; {remark}' if remark else ''}"
