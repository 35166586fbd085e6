"""A mistake on the command line is said beginning with what was typed: `--batch-size 0: a whole number, 1 to 60,000`."""

import math
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from gan_tui.config.allowed import either, numbers
from gan_tui.errors import RefusedError, UserError
from gan_tui.nearest import nearest, perhaps
from gan_tui.printable import printable, shortened

LONGEST = 60
"""Characters of a value that is said again."""
MAY_BE_EMPTY = ("resume_args", "command", "text", "words")
"""Parameters whose value may be; of another one an empty word is mostly a variable that is not set."""
HYPHEN = "\N{NON-BREAKING HYPHEN}"
SHOWN = 4
"""A number that is shown as an example, where a range says no better one."""


def words_of(flag: str, value: str | bool) -> str:
    """An option and its value as they are typed; True is a flag, which has none."""
    return flag if isinstance(value, bool) else f"{flag} {shlex.quote(printable(shortened(value, LONGEST)))}"


@contextmanager
def typed(flag: str, value: str | None) -> Iterator[None]:
    """What is refused in here was typed behind `flag`, unless it was left out. Raises UserError that begins so."""
    try:
        yield
    except RefusedError as error:
        if value is None:
            raise
        raise UserError(f"{words_of(flag, value)}: {error.why}{as_in(flag, error.example)}") from None


def as_in(flag: str, example: str) -> str:
    """`, as in --epochs 20`; empty without an example."""
    return f", as in {words_of(flag, example)}" if example else ""


def without_far_guesses(error: click.ClickException) -> click.ClickException:
    """The same error, which suggests only options that are near to what was typed: click's own guesses reach far."""
    said = getattr(error, "option_name", None)
    guesses = getattr(error, "possibilities", None)
    if isinstance(said, str) and isinstance(guesses, list):
        bare = {guess.lstrip("-"): guess for guess in guesses}
        guesses[:] = [bare[name] for name in nearest(said, bare)]
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption) and not guesses and context is not None:
        return click.UsageError(f"{error.message.rstrip('.')}: `{context.command_path} --help` lists the options", context)
    if isinstance(error, click.UsageError) and context is not None and "unexpected extra argument" in error.message:
        return click.UsageError(f"{error.message.rstrip('.')}: `{context.command_path} --help` says what it takes", context)
    return error


class Unranged(click.Option):
    """A number whose range is too wide for anybody to read."""

    def get_help_extra(self, ctx: click.Context) -> Any:
        """All but that."""
        found = super().get_help_extra(ctx)
        found.pop("range", None)
        return found


class Formatter(click.HelpFormatter):
    """Breaks lines between words only: `--checkpoint-every` and `style-net` stay whole."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _whole(args), prefix)

    def write_text(self, text: str) -> None:
        super().write_text(_whole(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_whole(name), _whole(text)) for name, text in rows], col_max, col_spacing)

    def getvalue(self) -> str:
        return super().getvalue().replace(HYPHEN, "-")


def _whole(text: str) -> str:
    return text.replace("-", HYPHEN)


class Context(click.Context):
    """Whose help is made so."""

    formatter_class = Formatter


class Command(click.Command):
    """Whose mistakes are said so, whose options have values with short names, and whose help breaks no word."""

    context_class = Context

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for option in self.params:
            if isinstance(option, click.Option) and option.metavar is None and not option.is_flag:
                option.metavar = _metavar(option.type)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises UsageError, also for an empty value and for a number that is none; whoever asks for help has it first."""
        given = list(args)
        if not ctx.resilient_parsing:
            self._refuse_nothing(ctx, given)
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter as error:
            if isinstance(error.param, click.Argument):
                usage = " ".join(["gan-tui", ctx.info_name or "", *self.collect_usage_pieces(ctx)])
                raise click.UsageError(f"{error.param.make_metavar(ctx)} is missing: {usage}", ctx) from None
            if not isinstance(error.param, click.Option):
                raise
            option = error.param
            what = f"{option.opts[0]} {option.make_metavar(ctx)} is missing"
            about = (option.help or "").rstrip(".")
            raise click.UsageError(f"{what}: {about[:1].lower()}{about[1:]}" if about else what, ctx) from None
        except click.BadParameter as error:
            if error.param is None:
                raise
            raise click.UsageError(self._line(ctx, given, error.param, error.message), ctx) from None

    def _refuse_nothing(self, ctx: click.Context, given: Sequence[str]) -> None:
        if self._asks_for_help(ctx, given):
            return
        for parameter, words in self._said(ctx, given).items():
            if any(_is_nothing(parameter, word) for word in words):
                is_option = isinstance(parameter, click.Option)
                why = "the value is empty: leave the option out, or say one" if is_option else "empty: is a variable not set?"
                raise click.UsageError(self._line(ctx, given, parameter, why), ctx)

    def _asks_for_help(self, ctx: click.Context, given: Sequence[str]) -> bool:
        found, _, _ = self.make_parser(ctx).parse_args(list(given))
        option = self.get_help_option(ctx)
        return option is not None and bool(found.get(option.name or ""))

    def _said(self, ctx: click.Context, given: Sequence[str]) -> dict[click.Parameter, list[str]]:
        """What was typed for each parameter."""
        found, _, _ = self.make_parser(ctx).parse_args(list(given))
        every = {one: found.get(one.name or "") for one in self.params}
        return {
            one: [word for word in (values if isinstance(values, list | tuple) else [values]) if isinstance(word, str)]
            for one, values in every.items()
        }

    def _line(self, ctx: click.Context, given: Sequence[str], parameter: click.Parameter, message: str) -> str:
        said = self._said(ctx, given)[parameter]
        value = next((one for one in said if _is_nothing(parameter, one) or not _converts(parameter, one, ctx)), said[-1] if said else "")
        why = _allowed(parameter.type) or f"{message[:1].lower()}{message[1:]}".rstrip(".")
        meant = perhaps(value, map(str, parameter.type.choices)) if isinstance(parameter.type, click.Choice) else ""
        if isinstance(parameter, click.Argument):
            return f"{shlex.quote(printable(shortened(value, LONGEST)))}{meant}: {parameter.human_readable_name.strip('[].')} is {why}"
        flag = next((name for name in parameter.opts for word in given if word == name or word.startswith(f"{name}=")), parameter.opts[0])
        return f"{words_of(flag, value)}{meant}: {why}{as_in(flag, _example(parameter.type, parameter.default))}"


def _metavar(kind: "click.ParamType[Any]") -> str | None:
    """What a value is called in the help; None: as click has it."""
    if isinstance(kind, click.Path):
        return "FILE" if kind.file_okay else "DIR"
    return "N" if isinstance(kind, click.types.IntParamType | click.types.FloatParamType) else None


def _is_nothing(parameter: click.Parameter, value: str) -> bool:
    """An empty word, or a number that is none: click takes nan for one within every range."""
    if not value:
        return parameter.name not in MAY_BE_EMPTY
    if not isinstance(parameter.type, click.types.FloatParamType):
        return False
    try:
        return not math.isfinite(float(value))
    except ValueError:
        return False


def _converts(parameter: click.Parameter, value: str, ctx: click.Context) -> bool:
    try:
        parameter.type.convert(value, parameter, ctx)
    except click.BadParameter:
        return False
    return True


def _allowed(kind: "click.ParamType[Any]") -> str:
    """Empty where only click's own words say it."""
    if isinstance(kind, click.Choice):
        return either([str(choice) for choice in kind.choices])
    if isinstance(kind, click.IntRange | click.FloatRange):
        what = "a whole number" if isinstance(kind, click.IntRange) else "a number"
        return what + numbers(kind.min, kind.max, above=kind.min_open, below=kind.max_open)
    return {click.types.IntParamType: "a whole number", click.types.FloatParamType: "a number"}.get(type(kind), "")


def _example(kind: "click.ParamType[Any]", default: Any) -> str:
    """Of a number."""
    if not isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return ""
    if isinstance(default, int | float):
        return f"{default:g}"
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    return f"{min(max(SHOWN, low or 0), SHOWN if high is None else high):g}"
