"""How many of something, in words. Every text needs it, so it stands below all folders."""


def counted(count: int, noun: str, many: str | None = None) -> str:
    """`1 run`, `1,200 runs`, `0 runs`; `many` where that is another word than the noun with an s: `2 classes`."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"
