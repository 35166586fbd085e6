"""Images from which nothing can be learned: all black, all white, all alike."""

from torch import Tensor

LEVELS = 16
"""Grey levels from black, or from white, within which every pixel of such an image lies."""
ALIKE = 3.0
"""Grey levels, root mean square over the pixels, within which an image is like the typical one."""
SHARE = 0.95
"""Of the images: a few others do not help."""
MENTIONED = 0.05
"""Share of black or white images from which on they are spoken of."""
LOOKED_AT = 1000
"""Images that are compared, evenly spread."""
CHUNK = 1 << 28
"""Pixels at a time."""


def describe(images: Tensor) -> tuple[str, str]:
    """(why nothing can be learned from uint8 (N, C, H, W), what else is odd about them); empty where there is nothing to say."""
    rows = images.flatten(1)
    pieces = rows.split(max(1, CHUNK // rows.shape[1]))
    black = sum(int((piece.amax(1) <= LEVELS).sum()) for piece in pieces)
    white = sum(int((piece.amin(1) >= 255 - LEVELS).sum()) for piece in pieces)
    for count, colour in ((black, "black"), (white, "white")):
        if count >= SHARE * len(rows):
            return f"{_all(count, len(rows))} are {colour}, or nearly so", ""
    some = rows[:: -(-len(rows) // LOOKED_AT)].float()
    distances = (some - some.median(0).values).square().mean(1).sqrt()
    alike = int((distances <= ALIKE).sum())
    if alike >= SHARE * len(some):
        return f"{_all(alike, len(some))}{' that were compared' if len(some) < len(rows) else ''} are alike, or nearly so", ""
    odd = [f"{count:,} {colour}" for count, colour in ((black, "black"), (white, "white")) if count >= MENTIONED * len(rows)]
    return "", f"of {len(rows):,} images for training, {' and '.join(odd)} all over, or nearly so" if odd else ""


def _all(count: int, of: int) -> str:
    return f"all {of:,} images" if count == of else f"{count:,} of {of:,} images"
