"""The sizes that convolutional networks pass through."""


def sizes(side: int) -> list[int]:
    """From the smallest to `side`, each twice the one before: 7 14 28; 4 8 16 32; 4 8 16 32 64."""
    found = [side]
    while found[0] > 4 and found[0] % 2 == 0:
        found.insert(0, found[0] // 2)
    return found
