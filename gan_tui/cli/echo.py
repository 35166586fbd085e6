"""What a command prints, and all of it."""

import click

from gan_tui.printable import printable_lines


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print to standard output, or to standard error, what a terminal cannot mistake for commands. Raises OSError."""
    click.echo(printable_lines(text), err=err, nl=nl)
