"""`style`: one picture keeps its content and takes another's style."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from gan_tui import byte_paths, config
from gan_tui.cli import complete, style_sheet
from gan_tui.cli.compute import begin_to_compute
from gan_tui.cli.group import ScreenOptions, check_theme, cli, headless_option, mention, name_option, runs_dir_option, screen_options
from gan_tui.cli.run_options import (
    DEVICE,
    Said,
    SettingOption,
    as_typed,
    flag_of,
    refuse_contradictions,
    said_settings,
    set_option,
    setting_options,
)
from gan_tui.cli.style_files import check_shares, copy_into, read_all, whole_text
from gan_tui.cli.trainer import train_new_run
from gan_tui.config import StyleConfig
from gan_tui.errors import UserError, reason_of
from gan_tui.printable import printable
from gan_tui.run import directory, finding
from gan_tui.run.directory import RunDirectory
from gan_tui.run.whole_paths import whole_path
from gan_tui.spec.transfer import FRAME_SIDE, RANDOM, STYLES, TORCHVISION, number_of_style

USUAL_SIZE = 256
"""Pixels of the longer side of a slow result: some 20 s on two cores."""
NO_BLENDS = "--share blends styles, and of a folder each --style is a column of its own: leave --share out"
STYLE_OPTIONS = {
    "steps": SettingOption("Steps at each scale.  [default: 60]", "N", ("transfer.steps",)),
    "scales": SettingOption("Sizes from coarse to fine, each twice the one before.  [default: 2]", "N", ("transfer.scales",)),
    "content_weight": SettingOption("What the content distance counts.  [default: 1]", "W", ("weights.content",)),
    "style_weight": SettingOption("What the style distance counts.  [default: 10]", "W", ("weights.style",)),
    "tv": SettingOption("Smoothness: what the total variation counts.  [default: 1]", "W", ("weights.tv",)),
    "style_scale": SettingOption(
        "Size of the styles over that of the result: larger, coarser strokes.  [default: 1]", "F", ("pictures.style_scale",)
    ),
    "strength": SettingOption("1: the style's own; 0: the content's own.  [default: 1]", "F", ("pictures.strength",)),
    "preserve_color": SettingOption("Keep the colours of the content.", None, ("pictures.preserve_color",)),
    "init": SettingOption("What it begins with.  [default: content]", "content|noise", ("transfer.init",)),
    "features": SettingOption(
        "In which pictures are compared: vgg16 or vgg19 from torchvision's cache, a file of one, or random.  [default: what ships]",
        "NAME|FILE",
        ("transfer.features",),
    ),
    "frames": SettingOption("Keep the picture every K steps: `animate RUN` makes a film of them.", "K", ("log.frames_every",)),
    "seed": SettingOption("Of the noise.", "N", ("transfer.seed",)),
    "device": DEVICE._replace(keys=("transfer.device",)),
}


@cli.command(short_help="Paint a picture in the style of another.")
@click.argument("picture", required=False, type=click.Path(path_type=Path), metavar="[CONTENT]")
@click.option("--fast", is_flag=True, help="In one pass, by a network that knows 26 styles: --style is the name or number of one.")
@click.option("--compare", is_flag=True, help="Both ways on one picture, in such a style: seconds and distances.")
@click.option(
    "--model",
    metavar="RUN",
    shell_complete=complete.runs,
    help="With --fast or --compare: the network that this run has trained (`train --preset style-net`).",
)
@click.option(
    "--content", type=click.Path(path_type=Path), metavar="FILE|FOLDER", help="The picture that keeps its content; of a folder, each."
)
@click.option(
    "--style",
    "styles",
    multiple=True,
    metavar="FILE|FOLDER",
    shell_complete=complete.place("file"),
    help="The picture whose style it takes. May be repeated.",
)
@click.option("--share", "shares", multiple=True, type=click.FloatRange(0), metavar="N", help="What each --style counts.  [default: equal]")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.png", help="Where the picture goes. Nothing is overwritten.")
@click.option("--size", type=click.IntRange(32, 4096), metavar="PIXELS", help="Longer side.  [default: 256; with --fast as it is]")
@setting_options(STYLE_OPTIONS)
@set_option(", such as weights.conv4_1=2")
@name_option("Name of the run.  [default: time and pictures]")
@runs_dir_option
@headless_option
@screen_options
def style(
    picture: Path | None,
    content: Path | None,
    fast: bool,
    compare: bool,
    model: str | None,
    styles: tuple[str, ...],
    shares: tuple[float, ...],
    output: Path | None,
    size: int | None,
    assignments: tuple[str, ...],
    name: str | None,
    runs_dir: Path,
    headless: bool,
    screen: ScreenOptions,
    **options: str | bool | None,
) -> int:
    """Paint a picture in the style of another (Gatys et al. 2016), live on the dashboard.

    The result is picture.png in the run's folder, and -o. It goes on when the screen closes; attach, resume and runs know it.
    With a folder, each content is painted in each style, and the result is a contact sheet.
    """
    check_theme(screen.theme)
    chosen = _content(picture, content)
    if fast or compare:
        trained = finding.find(runs_dir, model) if model is not None else None
        return _at_once(chosen, styles, shares, trained, output, size, options, compare=compare)
    if model is not None:
        raise UserError("--model is a network that paints in one pass: say --fast or --compare with it")
    size = size or USUAL_SIZE
    if not styles:
        raise UserError("say which style: --style FILE")

    def resolve(asked: StyleConfig) -> StyleConfig:
        settings = _resolve(asked, shares, options, assignments)
        return _with_output(settings, check_output(output)) if output is not None else settings

    _refuse_fast_styles(styles)
    if any(style_sheet.is_folder(path) for path in [str(chosen), *styles]):
        return style_sheet.begin(chosen, styles, resolve, size, name, runs_dir, headless, screen)
    asked = StyleConfig(pictures=config.StylePictures(content=whole_text(chosen), styles=tuple(whole_text(Path(one)) for one in styles)))
    settings = resolve(asked)
    sources = read_sources(settings, chosen, [Path(one) for one in styles], size)
    for note in sources.notes:
        mention(note)
    if frames := sources.settings.frames:
        shown = min(1.0, FRAME_SIDE / max(sources.settings.pictures.width, sources.settings.pictures.height))
        most = frames * sources.settings.pictures.width * sources.settings.pictures.height * shown**2 * 3
        mention(f"{frames} frames are kept in the run's folder, at most {max(1, round(most / 1e6)):,} MB")
    run = directory.create(runs_dir, sources.settings, name)
    copies = [run.content, *map(run.style, range(len(styles)))]
    return train_new_run(run, headless, screen, copies, lambda: copy_into(copies, sources.pictures))


def _refuse_fast_styles(styles: Sequence[str]) -> None:
    """Raises UserError for the name of a style that only the network knows, and no file has."""
    for word in styles:
        number = number_of_style(word)
        if number is not None and not os.path.lexists(directory.expand(word)):
            name = printable(word)
            raise UserError(
                f"there is no file {name}; it is one of the {len(STYLES)} styles of --fast: add --fast, or say a picture's file"
            )


def _at_once(
    content: Path,
    styles: Sequence[str],
    shares: Sequence[float],
    model: RunDirectory | None,
    output: Path | None,
    size: int | None,
    said: Said,
    *,
    compare: bool,
) -> int:
    """`--fast` and `--compare`, which make no run. Raises UserError for options of the slow way."""
    from gan_tui.cli import fast_style

    for option, value in said.items():
        if value is not None and (option != "strength" or compare):
            raise UserError(f"{flag_of(option)} is of the slow way: leave it out, or --{'compare' if compare else 'fast'}")
    strength = float(_resolve(StyleConfig(), (), said, ()).pictures.strength)
    if model is not None and (shares or (styles and not compare)):
        raise UserError("--model has one style, that which it has learned: leave --style and --share out")
    if style_sheet.is_folder(content):
        return _fast_sheet(content, styles, shares, model, output, size or USUAL_SIZE, strength, compare=compare)
    wanted = fast_style.styles_of(styles, shares) if styles or model is None else {}
    target = check_output(output) if output else None
    begin_to_compute()
    if compare:
        fast_style.compare(content, wanted, model, size or USUAL_SIZE, target or fast_style.free_name(content, "compared"))
    else:
        mention(f"wrote {fast_style.paint(content, fast_style.painter(wanted, model), size, strength, target)}")
    return 0


def _fast_sheet(
    content: Path,
    styles: Sequence[str],
    shares: Sequence[float],
    model: RunDirectory | None,
    output: Path | None,
    size: int,
    strength: float,
    *,
    compare: bool,
) -> int:
    from gan_tui.cli import fast_style

    if compare:
        raise UserError("--compare is of one picture, and the content is a folder: leave --compare out, or say one of its files")
    if shares:
        raise UserError(NO_BLENDS)
    target = check_output(output) if output else fast_style.free_name(content, "sheet")
    begin_to_compute()
    mention(f"wrote {style_sheet.fast(content, styles, model, size, strength, target)}")
    return 0


def _content(picture: Path | None, content: Path | None) -> Path:
    if picture is not None and content is not None:
        raise UserError(f"two contents were said, {printable(str(picture))} and {printable(str(content))}: leave one out")
    chosen = picture or content
    if chosen is None:
        raise UserError("say which picture: `gan-tui style --content FILE --style FILE`")
    return chosen


def _resolve(asked: StyleConfig, shares: Sequence[float], said: Said, assignments: Sequence[str]) -> StyleConfig:
    with as_typed(STYLE_OPTIONS, said, assignments):
        table: dict[str, Any] = msgspec.to_builtins(asked)
        if shares:
            if asked.task == "style-sheet":
                raise UserError(NO_BLENDS)
            check_shares(asked.pictures.styles, shares)
            table["pictures"]["shares"] = list(shares)
        for key, value in said_settings(STYLE_OPTIONS, said):
            section, setting = key.split(".")
            table[section][setting] = value
        refuse_contradictions(assignments, STYLE_OPTIONS, said)
        settings = config.change_optimisation(config.settings_from_table(table, StyleConfig), assignments, begun=False)
        features = settings.transfer.features
        if features in ("", RANDOM):
            return settings
        file = _cached(features) if features in TORCHVISION else whole_path(features, "transfer.features", "file")
    return msgspec.structs.replace(settings, transfer=msgspec.structs.replace(settings.transfer, features=file))  # resumed elsewhere, too


def _cached(name: str) -> str:
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.style.feature_files import cached

    return byte_paths.to_text(os.fspath(cached(name)))


def check_output(output: Path) -> Path:
    """Where a picture shall go, in full. Raises UserError where one lies there already, or none can be made."""
    path = directory.expand(str(output)).absolute()
    name = printable(str(output))
    if path.suffix.lower() != ".png":
        raise UserError(f"{name} is written as PNG: give it a name that ends in .png")
    try:
        if os.path.lexists(path):
            raise UserError(f"{name} is there already, and nothing is overwritten: choose another -o")
        if not path.parent.is_dir():
            raise UserError(f"there is no folder {printable(str(path.parent))}: make it, or choose another -o")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise UserError(f"nothing can be written into {printable(str(path.parent))}: choose another -o")
    except OSError as error:
        raise UserError(f"cannot write {name}: {reason_of(error)}") from None
    return path


def _with_output(settings: StyleConfig, path: Path) -> StyleConfig:
    pictures = msgspec.structs.replace(settings.pictures, output=byte_paths.to_text(os.fspath(path)))
    return config.settings_from_table(msgspec.to_builtins(msgspec.structs.replace(settings, pictures=pictures)), StyleConfig)


class Sources(NamedTuple):
    """What a transfer is made from."""

    settings: StyleConfig
    """With the size of the result."""
    pictures: list[Any]
    """The content, then the styles, in the sizes that are used (PIL images)."""
    notes: list[str]


def read_sources(settings: StyleConfig, content: Path, styles: Sequence[Path], size: int) -> Sources:
    """Read all pictures, each no larger than it is used. Raises UserError for what is none, for one given twice, and for a wrong size."""
    larger = round(size * settings.pictures.style_scale)
    found, notes = read_all([(content, size), *((path, larger) for path in styles)])
    width, height = found[0].size
    pictures = msgspec.structs.replace(settings.pictures, width=width, height=height)
    return Sources(msgspec.structs.replace(settings, pictures=pictures), found, notes)
