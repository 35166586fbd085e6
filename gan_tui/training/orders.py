"""What the mailbox asks of a trainer, carried out between two steps."""

import time
from typing import TYPE_CHECKING

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.run import mailbox
from gan_tui.run.directory import write_settings
from gan_tui.run.events import Answer, Bookmark, Changed
from gan_tui.training.not_finite import NotFiniteError
from gan_tui.training.ranks import Word

if TYPE_CHECKING:
    from gan_tui.training.loop import Trainer

LIVE_SETTINGS = ("optimizer.d_lr", "optimizer.g_lr", "train.d_steps")
"""What may change while a run trains."""
MOST_OF_A_NOTE = 200
"""Characters of a bookmark's note that are kept."""


def obey(trainer: "Trainer", commands: list[mailbox.Command]) -> None:
    """Do each, and answer with an event. Raises NotFiniteError and OSError."""
    for command in commands:
        try:
            ok, text = True, _execute(trainer, command)
        except UserError as error:
            if isinstance(error, NotFiniteError):
                raise
            ok, text = False, str(error)
        trainer.writer.write(Answer(step=trainer.progress.step, id=command.id, command=command.name, ok=ok, text=text))


def _execute(trainer: "Trainer", command: mailbox.Command) -> str:
    """Do what is asked; the answer comes back. Raises UserError where it cannot be done."""
    step = trainer.progress.step
    match command.name:
        case "pause":
            return _pause(trainer)
        case "resume":
            return _resume(trainer)
        case "save":
            _want(trainer.save(), "a checkpoint")
            return f"saved at step {step}"
        case "sample":
            path = trainer.run.samples / f"fake_images-step-{step:09d}.png"
            _want(trainer.write_samples(path), "samples")
            return f"wrote {path.relative_to(trainer.run.path)}"
        case "evaluate":
            if trainer.examiner is None:
                raise UserError("evaluations are turned off: evaluation.budget is 0")
            said = trainer.evaluate(trainer.examiner)
            _want(bool(said), "an evaluation")
            return said
        case "neighbours":
            found = trainer.during("sampling", lambda: trainer.pictures.write_neighbours(trainer.session), spare="the nearest images")
            _want(found, "the nearest images")
            return f"found the nearest training image of each sample of step {step}"
        case "bookmark":
            trainer.writer.write(Bookmark(step=step, text=command.text[:MOST_OF_A_NOTE]))
            return f"bookmarked step {step}"
        case "set":
            return _change(trainer, command.text)
        case "stop":
            trainer.stop.reason = "asked to stop"
            return f"stopping at step {step}"


def _want(done: bool, what: str) -> None:
    """Raises UserError where what was asked for was left out."""
    if not done:
        raise UserError(f"no memory for {what}: training goes on without")


def _pause(trainer: "Trainer") -> str:
    if trainer.paused:
        return f"is paused already, at step {trainer.progress.step}"
    trainer.flush_metrics()
    trainer.paused = True
    trainer.enter("paused")
    return f"paused at step {trainer.progress.step}"


def _resume(trainer: "Trainer") -> str:
    if not trainer.paused:
        return "is training already"
    trainer.paused = False
    trainer.enter("training")
    trainer.window_began = time.monotonic()
    return f"resumed at step {trainer.progress.step}"


def _change(trainer: "Trainer", assignment: str) -> str:
    """Change a setting of the running run, in its `run.toml` too, and save: a resume must not train these steps with the old one."""
    key = assignment.partition("=")[0].strip()
    if key not in LIVE_SETTINGS:
        raise UserError(f"'{key}' cannot be changed while the run trains; these can: {', '.join(LIVE_SETTINGS)}")
    trainer.flush_metrics()
    before = _value(trainer.settings, key)
    trainer.session.change(assignment)
    trainer.settings = trainer.session.settings
    value = _value(trainer.settings, key)
    trainer.ranks.say(Word.CHANGE)
    trainer.ranks.hand_out(assignment.encode())
    write_settings(trainer.run, trainer.settings, config.read_run_toml(trainer.run.config_file)[1])
    trainer.writer.write(Changed(step=trainer.progress.step, setting=key, before=before, value=value))
    trainer.save()
    return f"{key} is {value:g} from step {trainer.progress.step} on"


def _value(settings: RunConfig, key: str) -> float:
    section, name = key.split(".")
    return float(getattr(getattr(settings, section), name))
