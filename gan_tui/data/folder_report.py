"""What was found in a folder of images, in one line."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gan_tui.byte_paths import shown
from gan_tui.counted import counted
from gan_tui.data.folder_scan import Scan
from gan_tui.data.image_file import Drawing, Picture


def found_line(root: Path, found: Scan, pictures: Sequence[Picture], drawing: Drawing, held_out: int, outside: int = 0) -> str:
    """What was found below `root`, and what was done to it.

    `held_out`: images that are not trained on. `outside`: images that links led to, out of `root`.
    """
    kinds = sorted(Counter(picture.kind for picture in pictures).items(), key=lambda kind: (-kind[1], kind[0]))
    small, large = (pick(pictures, key=lambda picture: picture.width * picture.height) for pick in (min, max))
    sizes = f"{small.width} x {small.height}" + (
        f" to {large.width} x {large.height}" if (small.width, small.height) != (large.width, large.height) else ""
    )
    parts = [
        f"data: {counted(len(pictures), 'image')} below {shown(root)} "
        f"({', '.join(f'{count:,} {kind}' for kind, count in kinds)}), {sizes} pixels"
    ]
    parts += [part for part in (_fitted(pictures, drawing), _enlarged(pictures, drawing.size)) if part]
    if moving := [picture.frames for picture in pictures if picture.frames > 1]:
        parts.append(f"of {len(moving):,} with several frames or pages ({sum(moving):,} in all) the first is taken")
    if found.links:
        which = f", to {counted(outside, 'image')} outside of it" if outside else ""
        parts.append(f"{counted(found.links, 'link')} to folders followed{which}")
    parts.append(f"{len(pictures) - held_out:,} to train on, {held_out:,} held back to test with")
    if found.left_out:
        parts.append(f"left out {len(found.left_out):,}: {found.left_out.line()}")
    return "; ".join(parts)


def _fitted(pictures: Sequence[Picture], drawing: Drawing) -> str:
    """How images that are not square became so, and what that has cost; empty where all are square."""
    longer = [max(picture.width, picture.height) / min(picture.width, picture.height) for picture in pictures]
    longer = [times for times in longer if times > 1]
    if not longer:
        return ""
    mean, most = (f"{100 * (1 - 1 / times):.0f}%" for times in (1 / (sum(1 / times for times in longer) / len(longer)), max(longer)))
    shares = mean if mean == most else f"{mean} on average, {most} at most"
    match drawing.fit:
        case "crop":
            return f"{len(longer):,} cropped to the middle square ({shares} of each cut off)"
        case "pad":
            return f"{len(longer):,} made square with {drawing.padding} beside them ({shares} of each)"
        case "stretch":
            return f"{len(longer):,} stretched to a square (up to {max(longer):.2g} times as high or wide)"


def _enlarged(pictures: Sequence[Picture], size: int) -> str:
    count = sum(min(picture.width, picture.height) < size for picture in pictures)
    return f"{count:,} enlarged to {size} x {size}" if count else ""
