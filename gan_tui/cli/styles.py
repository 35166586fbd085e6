"""`styles`: what `style --fast` can paint in."""

from pathlib import Path

import click

from gan_tui.cli.compute import begin_to_compute
from gan_tui.cli.group import cli, echo
from gan_tui.errors import UserError
from gan_tui.spec.transfer import STYLES


@cli.command(short_help="List the 26 styles of `style --fast`.")
@click.argument("picture", required=False, type=click.Path(path_type=Path), metavar="[PICTURE]")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.png", help="Where the contact sheet goes.")
def styles(picture: Path | None, output: Path | None) -> None:
    """List the 26 styles of `style --fast`; with a picture, draw it in each, as a contact sheet."""
    from gan_tui.cli.fast_style import contact_sheet, free_name
    from gan_tui.cli.style import check_output

    if picture is None and output is not None:
        raise UserError("say of which picture: `gan-tui styles PICTURE -o sheet.png`")
    if picture is None:
        for number, name in enumerate(STYLES):
            echo(f"{number:>2}  {name}")
        return
    target = check_output(output) if output else free_name(picture, "styles")
    begin_to_compute()
    echo(f"wrote {contact_sheet(picture, target)}")
