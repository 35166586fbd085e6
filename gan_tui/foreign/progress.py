"""Where a training is, as its lines say it: `Epoch [3/200]`, `Step[300/600]`, `[3/200][400/600]`, `it 1200`, bars."""

import re
from dataclasses import dataclass, fields
from typing import NamedTuple

from gan_tui.foreign.clean import BREAK
from gan_tui.foreign.line import LONGEST_TEXT
from gan_tui.run.events import LAST_STEP


@dataclass(slots=True)
class Progress:
    """What is known of it; None: not said. An epoch counts from where the script counts."""

    epoch: float | None = None
    epochs: int | None = None
    step: int | None = None
    """In this epoch."""
    steps_per_epoch: int | None = None
    global_step: int | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))

    def complete(self, other: "Progress") -> None:
        """Take from another what this does not say."""
        for field in fields(self):
            if getattr(self, field.name) is None:
                setattr(self, field.name, getattr(other, field.name))

    def forget_impossible(self) -> None:
        """Digits that ran together, or no count of steps at all."""
        for field in fields(self):
            if (getattr(self, field.name) or 0) > LAST_STEP:
                setattr(self, field.name, None)

    def update(self, other: "Progress") -> None:
        """Go on with what another line says."""
        for field in fields(self):
            if (value := getattr(other, field.name)) is not None:
                setattr(self, field.name, value)


_N = r"(\d{1,12})"
_OF = rf"(?:\s*(?:/|of|out of)\s*{_N})?"
_NOT_BEFORE = (
    r"(?<![\w\-.@])(?<!\D/)(?<!^/)(?<!num )(?<!max )(?<!total )(?<!every )(?<!best )(?<!at )(?<!from )(?<!per )"
    r"(?<!since )(?<!fps )(?<!warmup )(?<!start )(?<!last )(?<!of )(?<!previous )"
)
_EPOCH = re.compile(
    rf"(?i)(?:{_NOT_BEFORE}(?:epochs?|epoche|\u00e9poque|\u00e9poca|epoca|\u044d\u043f\u043e\u0445\u0430|episode|ep|tick)\b|(?<!\u603b)(?:\u30a8\u30dd\u30c3\u30af|\u8f6e\u6b21|\u8f6e\u6570|\uc5d0\ud3ed|\uc5d0\ud3ec\ud06c))\.?(?:\s*\((?:train|training)\))?\s*(?:idx|no\.?|number|count)?(?:\s*[:=#]|-)?\s*\[?\(?\s*"
    rf"(\d{{1,9}}(?:\.\d+)?)(?![\d.]*\w){_OF}\s*[\])]?"
)
_STEP = re.compile(
    rf"(?i){_NOT_BEFORE}(trainer/global_step|global[ _-]?steps?|num_updates|"
    r"steps?|schritt|\u00e9tape|passo?|\u0448\u0430\u0433|iterations?|iters?|itr|it|minibatch|batch(?:es)?|batch[ _]idx|update|n_iter|"
    r"gen_iterations|total[ _]steps)\b\.?\s*(?:idx|no\.?|number|count)?\s*[:=#\-]?\s*\[?\(?\s*"
    r"([1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d)|\d{1,12}(?:\.0{1,9}(?![.\w]))?)(?![\d]*[.\w]\w)"
    rf"(?!\s*(?:[smkMGx]|ms|img)\b){_OF}"
    r"(?:\s*\(\s*[\d.]+\s*%\s*\))?\s*[\])]?"
)
_TWO_BRACKETS = re.compile(
    rf"(?:^\s*[\[(]?|(?<=\s)[\[(])\s*{_N}\s*/\s*{_N}\s*[\])]?[\s,-]{{0,9}}[\[(]\s*{_N}\s*/\s*{_N}\s*[\])](?:\s*\[\s*{_N}\s*\])?"
)
_ONE_BRACKET = re.compile(rf"(?i)^\s*[\[(]?\s*(?:train(?:ing)?\s*\|\s*)?{_N}\s*/\s*{_N}\s*(?:[\])]|\*\s*Epoch\b)")
_FRONT = re.compile(rf"^\s*(?:\[\s*{_N},\s*{_N}\s*\]|>\s*{_N},\s*(?:{_N}/{_N},)?|\[{_N}\]|#?{_N}(?:\s*:(?=\s)|\s+(?=\[))|#{_N}\b)")
_BEHIND_EPOCH = re.compile(rf"^\s*[:,\-|]*\s*[\[(]*\s*{_N}\s*/\s*{_N}(?:\s*\(\s*[\d.]+\s*%\s*\))?\s*[\])]*|^\s*\[\s*[\d.]+\s*%\s*\]")
_ORDINAL = re.compile(
    r"(?i)(?<![\w.])(\d{1,9})(?:epoch:(?:\w+:(?:\d+-\d+batch:)?)?|(?:st|nd|rd|th) epoch\b)"
    r"|\u7b2c\s*(\d{1,9})(?:\s*/\s*(\d{1,9}))?\s*(?:\u8f6e|\u4e2a?\s*epoch\b|\u56de\u5408)"
)
"""`3epoch:`, `3rd epoch`, and the like in Chinese."""
_FRONT_OF_BAR = re.compile(rf"^\s*{_N}\s*\|\s*{_N}\s*\|")
_TIMM = re.compile(rf"^\s*(Train|Test|Val\w*|Eval\w*):\s*(?:{_N}\s+)?\[\s*{_N}\s*/\s*{_N}(?:\s*\(\s*[\d.]+\s*%\s*\))?\s*\]")
_TQDM = re.compile(
    r"(?P<title>.*?)(?:\d+(?:\.\d+)?%\s*\|[^|]*\|\s*(?P<n>\d[\d.]*[kMGT]?B?)\s*/\s*(?P<total>\d[\d.]*[kMGT]?B?)|(?<![\w.])(?P<open>\d+)(?P<unit>[a-zA-Z]+))"
    r"\s*\[\s*(?P<clock>[\d:]+[^,\]]*)(?:,\s*(?P<rate>[?\d.]+\s*[kMG]?[a-zA-Z]*/\s*\w+))?(?P<rest>[^\]]*)\]?(?P<behind>.*)"
)
_KERAS = re.compile(
    r"^\s*(\d+)\s*/\s*(\d+|Unknown)\s*(?:\[[=>.\s]*\]|(?=- \d)|"
    r"[\u2501\u2500\u2578\u257a\u257b\u2509#-]{5,}[\u2501\u2500\u2578\u257a\u257b\s]*)"
)
_RICH = re.compile(
    r"(?<![\u2501\u2500\u2578\u257a\u2588])(?=[\u2501\u2500\u2578\u257a\u2588]{3})[\u2501\u2500\u2578\u257a\u2588\s]+(\d+)/(\d+|--)"
)
_CLOCK = r"(?:\d+:\d\d:\d\d|-:--:--)"
_OF_LIGHTNING = re.compile(rf" {_CLOCK} \u2022(?: {_CLOCK})?\s+\d+\.\d\dit/s")
"""What its bar of Rich goes on with. Its epochs count from 0, to the last one of them and not to their number: `Epoch 0/5` is of six."""
_OTHER_WORK = re.compile(
    r"(?i)download|load|extract|generating|sampling|evaluat|\beval\b|valid|\bval\b|test|map\b|tokeni|comput|calculat|inception|\bfid\b|cach|prepar|"
    r"read|writ|sav|upload|process|sanity|predict|fetch|scan|index|convert|resiz|build|filter|check|unpack|compil|warm|creat|split"
)
_PLURAL = re.compile(r"(?i)epochs|steps|iterations|iters|batches")
_IN_EPOCH = ("batch", "minibatch", "batchidx", "batches")
_GLOBAL = ("trainer/globalstep", "globalstep", "globalsteps", "numupdates", "geniterations", "totalsteps", "niter")
MOST_EPOCHS = 20_000
"""Of `[3/200]` alone; more of them are steps."""
FASTEST = 50_000
"""Steps a second: what is faster is a download."""


class Bar(NamedTuple):
    """What a progress bar says."""

    progress: Progress
    """Nothing, of other work than steps."""
    carried: str
    """With the numbers beside it."""
    title: str = ""
    from_0: bool = False
    """Are its epochs known to count from 0, whichever is the first that is seen?"""


def read_bar(text: str) -> Bar | None:
    """None where there is none."""
    if keras := _KERAS.match(text):
        total = None if keras[2] == "Unknown" else int(keras[2])
        return Bar(Progress(step=int(keras[1]), steps_per_epoch=total), BREAK + text[keras.end() :])
    if rich := _RICH.search(text):
        rest, progress = _words(text[: rich.start()] + BREAK + text[rich.end() :])
        if not _OTHER_WORK.search(text[: rich.start()]):
            progress.step, progress.steps_per_epoch = int(rich[1]), None if rich[2] == "--" else int(rich[2])
        of_lightning = _OF_LIGHTNING.match(text, rich.end()) is not None
        if progress.epochs is not None and of_lightning:
            progress.epochs += 1
        return Bar(progress, rest, text[: rich.start()], of_lightning)
    bar = _match_tqdm(text)
    return _tqdm(bar) if bar else None


def _match_tqdm(text: str) -> re.Match[str] | None:
    return _TQDM.match(text) if "[" in text and ("%|" in text or re.search(r"\d[a-z]+ \[\d", text)) else None


def parts_of_row(text: str) -> list[str]:
    """A bar and, apart, what was printed behind it before it had its end, where that names an epoch: it need not be the bar's."""
    bar = _match_tqdm(text) if len(text) <= LONGEST_TEXT else None
    if not bar or _words(bar["behind"])[1].epoch is None:
        return [text]
    return [text[: bar.start("behind")], bar["behind"]]


def without_clock(row: str) -> str:
    """What stands below a bar of Rich's in the column of numbers: the time that is left may be broken off as well."""
    return re.sub(rf"^\s*{_CLOCK}(?=\s|$)", "", row).strip()


def end_of_rich(text: str) -> int:
    """Where a bar of Rich ends in a row, and what stands beside it begins; 0: there is none."""
    rich = _RICH.search(text, 0, LONGEST_TEXT)
    return rich.end() if rich else 0


def is_of_other_work(text: str) -> bool:
    """Is a bar that carries no number one of a prediction? Keras draws it as it draws a training's."""
    return _KERAS.match(text) is not None


def _tqdm(bar: re.Match[str]) -> Bar:
    title, rest = bar["title"], f"{bar['rest']} {BREAK} {bar['behind']}"
    carried, progress = _words(title)
    if not progress and (front := _FRONT_OF_BAR.match(title) or _ONE_BRACKET.match(title)):
        carried = BREAK + title[front.end() :]
        progress.epoch, progress.epochs = int(front[1]), _number(front[2]) if "/" in front[0] else None
    text = f"{carried.rstrip(' :')} {BREAK} {rest}"
    n = bar["n"] or bar["open"]
    if (
        _OTHER_WORK.search(title)
        or not n.isdigit()
        or _too_fast(bar["rate"])
        or (bar["unit"] or "it") in ("B", "s", "ms", "px", "kB", "MB")
    ):
        return Bar(Progress() if _OTHER_WORK.search(title) else progress, text, title)
    total = int(bar["total"]) if bar["total"] and bar["total"].isdigit() else None
    if re.search(r"(?i)\b(epochs?|ep)\b[\s:]*$", title) and progress.epoch is None:
        progress.epoch, progress.epochs = int(n), total
    else:
        progress.step, progress.steps_per_epoch = int(n), total
    return Bar(progress, text, title)


def _too_fast(rate: str | None) -> bool:
    match = re.match(r"([\d.]+)\s*([kMG]?)([a-zA-Z]*)/\s*s", rate or "")
    if not match or not match[1].replace(".", "", 1).isdigit():
        return False
    return match[3] == "B" or float(match[1]) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[match[2]] > FASTEST


def read_progress(text: str, *, bare: bool = True) -> tuple[Progress, str]:
    """What a cleaned line without a bar says, and the line with BREAK in its place; not `bare`: only what has a word for it."""
    if two := _TWO_BRACKETS.search(text):
        progress = Progress(int(two[1]), int(two[2]), int(two[3]), int(two[4]), _number(two[5]))
        return progress, f"{text[: two.start()]} {BREAK} {text[two.end() :]}"
    if not bare:
        rest, progress = _words(text)
        return progress, rest
    if timm := _TIMM.match(text):
        progress = Progress()
        if timm[1] == "Train":
            progress = Progress(epoch=_number(timm[2]), step=int(timm[3]), steps_per_epoch=int(timm[4]))
        return progress, BREAK + text[timm.end() :]
    rest, progress = _words(text)
    if not progress:
        if (one := _ONE_BRACKET.match(text)) and int(one[1]) <= int(one[2]):
            return _of_total(int(one[1]), int(one[2])), BREAK + text[one.end() :]
        if front := _FRONT.match(text):
            return _front(front), BREAK + text[front.end() :]
    return progress, rest


def _of_total(number: int, total: int) -> Progress:
    """`[3/200]`: epochs, or steps where nobody would train that many epochs."""
    if total > MOST_EPOCHS:
        return Progress(global_step=number, step=number, steps_per_epoch=total)
    return Progress(epoch=number, epochs=total)


def _front(front: re.Match[str]) -> Progress:
    """`[1,  2000]`, `>3, 12/600,`, `[10]`, `10:` and `10 [D loss: ...]`."""
    if front[1]:
        return Progress(epoch=int(front[1]), step=int(front[2]))
    if front[3]:
        return Progress(epoch=int(front[3]), step=_number(front[4]), steps_per_epoch=_number(front[5]))
    return Progress(global_step=int(front[6] or front[7] or front[8]))


def _words(text: str) -> tuple[str, Progress]:
    progress = Progress()
    if (match := _EPOCH.search(text)) and not (_PLURAL.search(match[0]) and not match[2]):
        epoch = float(match[1])
        progress.epoch, progress.epochs = int(epoch) if epoch.is_integer() and "." not in match[1] else epoch, _number(match[2])
        behind = _BEHIND_EPOCH.match(text[match.end() :])
        end = match.end()
        if behind and (not behind[1] or int(behind[1]) <= int(behind[2])):
            progress.step, progress.steps_per_epoch = _number(behind[1]), _number(behind[2])
            end += behind.end()
        elif progress.epochs is None and (alone := re.compile(rf"^\s*\[\s*{_N}\s*\]").match(text[match.end() :])):
            progress.step = int(alone[1])
            end += alone.end()
        text = f"{text[: match.start()]} {BREAK} {text[end:]}"
    elif match := _ORDINAL.search(text):
        progress.epoch, progress.epochs = int(match[1] or match[2]), _number(match[3])
        text = f"{text[: match.start()]} {BREAK} {text[match.end() :]}"
    for match in list(_STEP.finditer(text)):
        word = re.sub(r"[ _-]", "", match[1].lower())
        first = not text[: match.start()].strip() and re.match(r"\s*,.*\w\s*[:=]", text[match.end() :])
        if _PLURAL.search(match[1]) and not match[3] and progress.epoch is None and word not in _GLOBAL and not first:
            continue
        _take_step(progress, word, int(match[2].partition(".")[0].replace(",", "")), _number(match[3]))
        text = f"{text[: match.start()]}{BREAK * (match.end() - match.start())}{text[match.end() :]}"
    return text, progress


def _take_step(progress: Progress, word: str, step: int, total: int | None) -> None:
    """A step of the whole training, or of an epoch: as its word says, else as an epoch is beside it or not."""
    if word in _GLOBAL:
        if word != "totalsteps" or progress.global_step is None:
            progress.global_step = step
    elif progress.epoch is not None or word in _IN_EPOCH:
        if progress.step is None:
            progress.step, progress.steps_per_epoch = step, total
    else:
        progress.global_step = step
        if total is not None:
            progress.step, progress.steps_per_epoch = step, total


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
