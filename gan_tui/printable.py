"""The one way of text from outside to a terminal, which obeys what it is sent.

Names, settings, answers, notes and errors may come from files of other people: with escape sequences that write the clipboard
or colour the prompt, with overrides that turn a line round, with signs of no width.
"""

import unicodedata


def printable(text: str) -> str:
    """`text` with a space for every character that does not print: controls of all kinds, ends of lines, overrides, lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)


def shortened(text: str, longest: int) -> str:
    """`text`, or as much of it as there is room for, with a mark that more was there."""
    return text if len(text) <= longest else f"{text[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def printable_lines(text: str) -> str:
    """The same of a text of several lines, which it keeps."""
    return "\n".join(map(printable, text.split("\n")))
