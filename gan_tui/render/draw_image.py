"""One image in cells, in any of the modes that are made of signs."""

from gan_tui.render.ascii_image import ascii_image
from gan_tui.render.braille_image import braille_image
from gan_tui.render.half_blocks import half_blocks
from gan_tui.render.picture import ImageMode, Picture, Run
from gan_tui.run.images import Images


def draw_image(images: Images, index: int, mode: ImageMode, columns: int, rows: int) -> Picture:
    """`rows` lines of `columns` cells. `PIXELS` is not made of signs (render/kitty.py): its stand-in are half blocks."""
    match mode:
        case ImageMode.ASCII:
            return [[Run(line)] for line in ascii_image(images, index, columns, rows)]
        case ImageMode.BRAILLE:
            return braille_image(images, index, columns, rows)
        case ImageMode.HALF | ImageMode.PIXELS:
            return half_blocks(images, index, columns, rows)
