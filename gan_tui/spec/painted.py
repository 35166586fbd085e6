"""The styles of the feed-forward network (gan_tui/style/feed_forward.py), in the order of its weights.

The weights do not say which paintings they were learned from: the names say what each looks like. `gan-tui styles` draws them.
"""

STYLES = (
    *("ochre-wash", "yellow-ink", "pale-sketch", "stained-glass", "crimson-grain", "warm-oil", "violet-dots", "bold-primaries"),
    *("bright-pencil", "woodcut", "terracotta", "amber-engraving", "pastel", "green-relief", "mint-wash", "mosaic"),
    *("blue-chalk", "red-grid", "khaki-carving", "night-strokes", "ember", "cut-paper", "black-outline", "smoke"),
    *("ice-print", "coloured-etching"),
)


def number_of(word: str) -> int | None:
    """The style that a number, a name or the beginning of one means; None where that is none, or not clear."""
    if word.isascii() and word.isdigit():
        return int(word) if int(word) < len(STYLES) else None
    found = [number for number, name in enumerate(STYLES) if name == word] or [
        number for number, name in enumerate(STYLES) if word and name.startswith(word)
    ]
    return found[0] if len(found) == 1 else None
