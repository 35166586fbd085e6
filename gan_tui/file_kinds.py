"""What a file is, by its first bytes: endings lie, and a folder of photographs has files of all kinds."""

import shlex
from pathlib import Path

HEAD = 132
"""Bytes that are looked at."""
PICTURES = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF", "JPEG2000", "HEIC", "JPEG XL")
"""Of the kinds those that a person calls a picture, whether they can be read or not."""
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"8BPS", "Photoshop"),
    (b"v/1\x01", "OpenEXR"),
    (b"\0\0\x01\0", "ICO"),
    (b"SIMPLE  =", "FITS"),
    (b"PK\x03\x04", "zip"),
    (b"%PDF", "PDF"),
    (b"\x93NUMPY", "NumPy"),
    (b"qoif", "QOI"),
    (b"DDS ", "DDS"),
)
_COMPRESSED = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
"""Files of one file, each by the program that unpacks it: all four are called in the same way."""
_WIDE = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""How text begins that is not UTF-8: PowerShell's `>` and spreadsheets write it."""
_ENDINGS = (".gz", ".bz2", ".xz", ".zst")
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"hevc": "HEIC",
           b"hevx": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC"}  # fmt: skip
"""Of files that begin with a box called ftyp; what has another brand is a film."""


def how_to_make_plain(path: Path, head: bytes) -> str:
    """That a file which begins with `head` is compressed, or text of another kind than UTF-8, and the command that makes it a plain one.

    Empty where it is neither.
    """
    if kind_of(head) == "zip" and path.suffix.lower() == ".zip":  # so begin .pt, .npz and .docx as well
        return f"it is compressed (zip): `unzip {shlex.quote(str(path))}` makes a plain one of it"
    if kind := next((kind for magic, kind in _COMPRESSED if head.startswith(magic)), ""):
        plain = path.with_suffix("") if path.suffix.lower() in _ENDINGS else path
        return f"it is compressed ({kind}): {_command(f'{kind} -dc', path, plain)}"
    if kind := next((kind for mark, kind in _WIDE if head.startswith(mark)), ""):
        return f"it is {kind.upper()}, not UTF-8: {_command(f'iconv -f {kind} -t utf-8', path, path)}"
    return ""


def _command(program: str, path: Path, plain: Path) -> str:
    if plain.exists():  # it is to overwrite nothing
        plain = path.with_name(f"plain-{plain.name}")
    return f"`{program} < {shlex.quote(str(path))} > {shlex.quote(str(plain))}` makes a plain one of it"


def kind_of(head: bytes) -> str:
    """The kind of file that begins with `head`, HEAD bytes or the whole; empty where it is unknown."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        brands = [head[8:12], *(head[place : place + 4] for place in range(16, min(len(head), int.from_bytes(head[:4])) - 3, 4))]
        if brands[0] in (b"mif1", b"msf1") and any(_BRANDS.get(brand) == "AVIF" for brand in brands):
            return "AVIF"
        return _BRANDS.get(brands[0], "video")
    if head[:2] == b"BM" and len(head) >= 18 and head[6:10] == b"\0\0\0\0":
        return "BMP"
    if head[:1] == b"P" and head[1:2] in b"123456fF" and head[2:3] in (b" ", b"\t", b"\n", b"\r", b"#"):
        return "PPM"
    if head[128:132] == b"DICM":
        return "DICOM"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<svg", b"<?xml")) and b"svg" in head:
        return "SVG"
    return ""
