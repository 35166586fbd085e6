"""Which kinds of image files are read."""

from PIL import features

READABLE = (
    *("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM"),
    *(("AVIF",) if "avif" in features.modules and features.check("avif") else ()),  # a Pillow that knows no AVIF warns when asked
    *(("JPEG2000",) if features.check("jpg_2000") else ()),
)
"""What Pillow may take a file for. It knows more, some of which start other programs (EPS: Ghostscript)."""
ENDINGS = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".jp2")
"""A file that is called so and is of no known kind is a broken image, not a text."""
RAW_ENDINGS = (".nef", ".cr2", ".dng", ".arw", ".pef", ".nrw", ".srw")
"""Photographs as the sensor saw them, in TIFF's clothes: Pillow would take the thumbnail that they carry."""
