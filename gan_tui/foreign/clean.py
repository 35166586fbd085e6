"""What looks like a number in a line and is none: dates, times, versions, addresses, file names, descriptions of objects."""

import re

BREAK = "\x1f"
"""Stands where something was: no name and no number reaches across it."""
BOXES = str.maketrans("\u2502\u2503", "||")
"""The rules between the cells of a table, as others print them."""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?nan|[-+]?inf"
_WRAPPED = re.compile(
    rf"(?:np\.|numpy\.|jnp\.|torch\.|tf\.)?(?:tensor|array|Array|DeviceArray|float16|float32|float64|bfloat16|Variable)\(\s*\[?({_NUMBER})\]?[^()]*"
    rf"(?:\([^()]*\)|<[^<>]*>)?[^()]*\)|<tf\.(?:Tensor|Variable)[^<>]*numpy=({_NUMBER})[^<>]*>"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
_NOISE = re.compile(
    "|".join((
        r"\w+://\S+",
        r"(?:^|(?<=\s))(?:INFO|WARNING|DEBUG|ERROR|CRITICAL|WARN)(?::[\w.]+)*:(?!\d)",  # of a logger
        r"\b[\w.]+:[\w.<>]+:\d+(?=\s+-\s)",  # where a logger was called
        r"\([\w.-]+:\d+\)(?=\s*(?:INFO|WARN|DEBUG|ERROR))",
        r"(?<![\w.])(?:~|\.{1,2})?/[\w.@%+=/-]{1,300}(?::\d+)?",  # a path
        r"[A-Za-z]:\\\S+",
        r"(?i:(?<![^\s'\"=(\[,;])[^\s'\"=(\[,;]{1,200}?(?:=[^\s'\"(\[,;]{1,200}?)?\.(?:png|jpe?g|gif|bmp|webp|mp4|avi|pth?|pkl|pickle|ckpt|bin|npz|npy|h5|hdf5|keras|onnx|safetensors|json|jsonl"
        r"|txt|csv|tsv|log|ya?ml|toml|py|ipynb|sh|cpp|cu|gz|zip|tar|xz|tgz|pb|tflite|mat|pdf|html|md|msgpack|parquet|lock|so|model|out|db)"
        r"(?::\d+)?(?![\w.]*\w))",
        r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T_ -]+\d{1,2}[:-]\d{2}(?:[:-]\d{2})?(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?\b",
        r"\b\d{1,2}[-/.]\d{1,2}[-/.]\d{4}\b",
        rf"(?i:\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+(?:\d{{1,2}}\s+)?{_MONTH}\.?\s+\d+)"
        r"(?:,?\s+\d{4})?",
        rf"(?i:\b(?:\d{{1,2}}\s+)?{_MONTH}\.?\s+\d{{1,4}}(?:,?\s+\d{{4}})?\b)",
        r"(?<![\w.])\d+ days?,?",
        r"(?<![\w.:])\d+:\d{2}(?::\d{2})?(?:[.,]\d+)?(?![\w:])",  # a time of day, or a duration
        r"(?<![\w.])(?:\d+d\s*)?(?:\d+h\s*)?\d+m\s*\d+(?:\.\d+)?s\b|(?<![\w.])\d+h\s*\d+m(?:in)?\b|(?<![\w.])\d+d\s*\d+h\b",
        r"(?<![\w.])v?\d+\.\d+\.\d+[\w.+-]*",  # a version, an IP address
        r"(?<![\w.])v\d+(?:\.\d+)?\b",
        r"(?<![\w.])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?![\w.+-])|\b0x[0-9a-fA-F]+\b",
        r"(?i:\b(?:cuda|gpu|npu|xpu|mps|rank|worker|cpu):\d+)",
        r"^\s*[IWEF]\d{4}\s",
        r"(?i:\b(?:python|pytorch|torch|torchvision|tensorflow|keras|jax|cuda|cudnn|numpy|driver|gcc|clang|ubuntu)[ =/-]+v?\d[\w.+-]*)",
    ))
)  # fmt: skip
_PREFIX = re.compile(
    r"^(?:[IWEF]\d{4} [^\]\n]{0,120}\]\s"
    r"|(?:(?!=|\b(?i:epoch|step|iter)).){0,160}?\b(?:INFO|DEBUG|NOTICE)\b(?::[\w.]{1,60}:(?!\d)\s*|[\])]*[\s:|>)-]+)(?=\S)"
    r"(?:[\w.<>]{1,60}:[\w.<>]{1,60}:\d+ - )?)"
)
"""What a logger puts before a message: date, level, place."""
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_BREAKS = re.compile(rf"[ {BREAK}]*{BREAK}[ {BREAK}]*")
_CALL = re.compile(r"\b[A-Za-z_][\w.]*\([^()]*=[^()]*\)")
_UNCERTAINTY = re.compile(r"\s*(?:±|\+/-|\+-|\\pm)\s*\d[\d.eE+-]*%?")


def unwrapped(text: str) -> str:
    """`tensor(0.5, device='cuda:0')` says 0.5."""
    if "(" not in text and "<" not in text:
        return text
    return _WRAPPED.sub(lambda match: match[1] or match[2], text)


def message(text: str) -> str:
    """A line without what a logger puts before it, and with the usual signs for full-width ones."""
    if not text.isascii():
        text = text.translate(_FULL_WIDTH)
    prefix = _PREFIX.match(text)
    return text[prefix.end() :] if prefix else text


def cleaned(text: str) -> str:
    """`text` with BREAK for whatever is no number; what a line that says where the training is may be told by is still there."""
    text = _CALL.sub(BREAK, _UNCERTAINTY.sub("", text))
    return _BREAKS.sub(f" {BREAK} ", _NOISE.sub(f" {BREAK} ", text))
