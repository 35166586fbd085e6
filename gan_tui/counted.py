"""How many of something, and how long, in words. Every text needs it, so it stands below all folders."""


def counted(count: int, noun: str, many: str | None = None) -> str:
    """`1 run`, `1,200 runs`, `0 runs`; `many` where that is another word than the noun with an s: `2 classes`."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def time_words(seconds: float) -> str:
    """A time in at most 7 characters: `8s`, `3m 07s`, `5h 12m`, `12d 4h`, `120d`; finite, and not below 0."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    days = whole // 86_400
    return f"{days}d {whole % 86_400 // 3600}h" if days < 100 else f"{days}d"
