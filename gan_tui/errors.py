"""The exceptions that are meant for a person's eyes, and the exit statuses that go with them."""

FAILED = 1
"""Something went wrong on the way."""
MISTAKEN = 2
"""What was asked for cannot be done."""


def first_line(error: BaseException, most: int = 160) -> str:
    """What an error says first, or its kind where it says nothing or cannot even say it; at most `most` characters."""
    try:
        text = str(error)
    except Exception:  # of somebody else's class
        text = ""
    return (text.splitlines() or [""])[0][:most] or type(error).__name__


def reason_of(error: Exception) -> str:
    """Why a file, a folder or a program could not be had, behind a colon: what the system says of it, as `permission denied`."""
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def parse_error(error: Exception) -> str:
    """What a parser says of what it cannot read; of endless brackets and dots Python says only that its own stack is full."""
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


class UserError(Exception):
    """A mistake that the user can mend: one line that says what is wrong, where, and what to do.

    The command line prints it to stderr and exits with 2, the dashboard shows it, the trainer writes
    it into the log. It never comes with a traceback.
    """


class RefusedError(UserError):
    """A value that cannot be. `why` is the line without it, for whoever says in front of it how it was typed."""

    def __init__(self, line: str, why: str, key: str = "", example: str = "") -> None:
        """`key`: the setting that was to have the value, empty where it is none; `example`: a value that could be."""
        super().__init__(line)
        self.why = why
        self.key = key
        self.example = example


class ArgumentError(UserError, ValueError):
    """What a program has called with cannot be."""


class SettingsError(UserError):
    """A setting that is fine by itself and impossible on this machine, such as a device that is not there."""


class DamagedError(UserError):
    """A file of the run that is missing, or no longer what was written: what is in it may stand elsewhere too."""


class DivergedError(UserError):
    """A loss or a weight that stays not finite: it says something of the settings, as no other failure does."""


class StoppedEarlyError(UserError):
    """A stop that was asked for before the training began: nothing is lost by it, and nothing has failed."""


class NotFiniteError(DivergedError):
    """A loss or a weight that is NaN or infinite now: what a roll-back answers."""
