"""What the names of printed numbers mean: which are ours under another name, which are measurements, which are none.

To teach a name, add it here; no other file knows one.
"""

import re
from collections.abc import Mapping
from functools import lru_cache


def word_set(words: str) -> frozenset[str]:
    """Of words with spaces between them."""
    return frozenset(words.split())


_D = word_set("d critic netd discriminator dis disc modeld")
_G = word_set("gen generator modelg g netg")
_LOSS = word_set("losses cost loss err error")
_GRADIENT = word_set("gradient grad gradnorm gnorm norm")
_FILLERS = word_set("avg epoch tot net mean training current model train trn total cur average running batch")
"""Words that do not change what a name means."""
ALIASES: Mapping[str, str] = {
    "d": "d_loss", "dloss": "d_loss", "lossd": "d_loss", "errd": "d_loss", "ld": "d_loss", "l(d)": "d_loss",
    "g": "g_loss", "gloss": "g_loss", "lossg": "g_loss", "errg": "g_loss", "lg": "g_loss", "l(g)": "g_loss",
    "d(x)": "D(x)", "dx": "D(x)", "d(real)": "D(x)", "realscore": "D(x)", "scorereal": "D(x)", "d(xreal)": "D(x)", "probreal": "D(x)",
    "d(g(z))": "D(G(z))", "d(g(z1))": "D(G(z))", "d(g(z))1": "D(G(z))", "dgz": "D(G(z))", "dgz1": "D(G(z))", "d(fake)": "D(G(z))",
    "fakescore": "D(G(z))", "scorefake": "D(G(z))", "d(xfake)": "D(G(z))", "d(g)": "D(G(z))", "probfake": "D(G(z))",
    "gp": "penalty", "gradientpenalty": "penalty", "gradpenalty": "penalty", "gploss": "penalty", "lossgp": "penalty", "dgp": "penalty",
    "penalty": "penalty", "lossdgp": "penalty",
}  # fmt: skip
"""By the name in small letters without spaces and signs; parentheses stay. What is not here may still be two words for D or G and loss."""

MEASURED = word_set(
    """loss losses err error acc accuracy fid kid swd precision recall f1 auc auroc mse mae rmse mape psnr ssim lpips nll elbo kl
kld kldiv ppl perplexity bleu rouge score scores reward rew return ret gp penalty bce ce wasserstein emd distance entropy iou miou
dice top1 top5 prec lossd lossg dloss gloss errd errg acc1 acc5 gnorm logloss r2 correlation wer cer mrr ndcg sharpness
logits logit inception coverage density map50 rmsle cost adv divergence likelihood bpd bits"""
)
"""A name with one of these words is a measurement wherever it is printed."""
OFTEN_WHOLE = word_set("reward rewards rew return ret score scores fid perplexity ppl acc accuracy error errors")
"""Of these, those whose numbers are often whole; a whole `precision: 16` or `l1_loss: 100` may be a setting."""
NEVER = word_set(
    """time times sec secs second seconds ms msec minute minutes min mins hour hours hrs eta etc elapsed remaining duration took
taken runtime wall walltime clock fps speed throughput ips wps ups tps qps sps timestamp date year month day datetime
started finished mem memory gpumem cpumem maxmem vram ram alloc allocated reserved cached cache gb mb kb gib mib kib bytes
host gpu gpus cpu cpus cuda cudnn device devices disk util utilization power watts cores maintenance python pytorch torch
torchvision tensorflow numpy driver version seed port pid id ids rank world worker workers thread threads num number count
params param parameters size sizes shape code line index bs bsz wpb vnum progress len length width height resolution
channels images image imgs examples samples nodes attempt retry exit status signal epochs iters iterations steps files file
items entries rows layers heads classes vocab tokens consumed flops gflops macs url name kimg ep epoch iter iteration
step batch batches itr update updates pass percent pct total job jobs process instances instance
labels seen skipped sents sentences games frames dur tflops ts"""
)
"""A name with one of these words is no measurement of the training: time, memory, sizes, counts, versions, and progress itself."""
ONLY_ALONE = word_set(
    "ep epoch second layers iter min time map total images classes samples image step batch pytorch torch tensorflow cuda gpu cpu"
)
"""Of these, those that may stand beside a measurement: `total loss`, `epoch loss`, `loss per image`."""
EXACTLY_NEVER = word_set("optimizer sync backward of opt fwd left s forward io data bwd in is a to")
SETTINGS = word_set(
    """lr rate lambda lambdas lam weight weights wd beta betas beta1 beta2 momentum decay eps epsilon alpha gamma smoothing warmup
coef coeff coefficient threshold target patience interval freq frequency every max delta margin nz ngf ndf nc dim dims
latent hidden dropout clip start steps sigma tau temperature scale factor ratio slope leak amsgrad dampening foreach
capturable nesterov degrees noise std init limit level baseline reference published paper required expected mode use"""
)
"""What is set rather than measured: read in a line that says where the training is, else only once it has changed."""
_STAGES = {word: short for short, words in (
    ("val", "val valid validate validation validating"), ("test", "test testing"), ("eval", "eval evaluate evaluation evaluating")
) for word in words.split()}  # fmt: skip
"""What is no training, by the words for it."""
_FRONT = re.compile(
    rf"(?i)^[\W_]*({'|'.join(_STAGES)})(?:[ _-](?:set|loop|results?|phase|metrics?))?\s*(?:[:|\])>\x1f]|-+(?=\s))+(?!\s*[-+]?\.?\d)"
)
_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_RATE = re.compile(
    r"(?i)/\s*(s|sec|second|min|it|iter|step|img|tick|kimg|hour|h|epoch)\b"
    r"|^(s|sec|ms|secs|n|time|timing|timers?|perf|memory|system|throughput)/|per[ _-](second|sec|iteration|step|minute|epoch)|_per_"
)
_SCORED = re.compile(r"(?i)^(fid|kid|is|pr|ppl|eqt|eqr)\d+k?|^IS$|@")


def squeezed(name: str) -> str:
    """The name as the table of aliases has it."""
    return re.sub(r"[^a-z0-9()]", "", name.lower())


@lru_cache(4096)
def words(name: str) -> tuple[str, ...]:
    """`errD_real`, `D loss`, `lossD`: the words of a name in small letters."""
    found: list[str] = []
    for part in re.split(r"[^A-Za-z0-9]+", name):
        pieces = [piece.lower() for piece in _WORD.findall(part)]
        # "top1", "beta1", "fid50k" are words of their own as well as with their numbers
        found += [part.lower()] if len(pieces) > 1 and any(piece.isdigit() for piece in pieces) else []
        found += [piece for piece in pieces if not piece.isdigit()]
    return tuple(found)


@lru_cache(4096)
def canonical(name: str) -> str | None:
    """Our name of it (`gan_tui/spec/metrics.py`); None for one that we have no name for, such as a part of D's loss."""
    if alias := ALIASES.get(squeezed(name)):
        return alias
    if re.search(r"(?<![A-Za-z\d(])\d", name):
        return None  # one of several networks
    if "(" in name and not re.match(r"(?i)[\w /]*\bloss\w*\s*\(\w+\)$", name):
        return None
    rest = set(words(name)) - _FILLERS
    for network, loss, gradient in ((_D, "d_loss", "d_grad"), (_G, "g_loss", "g_grad")):
        others = rest - network
        if len(others) < len(rest):
            if others and others <= _LOSS:
                return loss
            if others and others <= _GRADIENT and others & {"norm", "gnorm", "gradnorm"}:
                return gradient
    shorter = "".join(word for word in words(name) if word not in _FILLERS)
    return ALIASES.get(shorter) if shorter not in ("d", "g") else None


def stage(text: str) -> str:
    """Of a title: `val`, `test` or `eval`; empty for the training."""
    said = words(text)
    return "" if "train" in said or "training" in said else next((_STAGES[word] for word in said if word in _STAGES), "")


def stage_of_line(text: str) -> tuple[str, str]:
    """The one that a line begins with, and what is behind it: `Test: [10/78] Loss: 0.9`."""
    front = _FRONT.match(text)
    return (_STAGES[front[1].lower()], text[front.end() :]) if front else ("", text)


def staged(name: str, stage: str) -> str:
    """The name of a number that is no training's: the same one in a line of the training is another curve."""
    return f"{stage} {name}" if stage and not _STAGES.keys() & set(words(name)) else name


@lru_cache(4096)
def is_never(name: str) -> bool:
    """Is it time, memory, a size, a count, a version, something that is no measurement whatever it says?"""
    if canonical(name):
        return False
    if _RATE.search(name) or (name.lower().strip(" .") in EXACTLY_NEVER and name != "IS"):
        return True
    never = NEVER & {word.removeprefix("n") if word[1:] in NEVER else word for word in words(name)}
    if {"cost"} < set(words(name)) <= {"cost", "avg", "batch", "reader"} or name.startswith("self."):
        return True
    return bool(never) and not (never <= ONLY_ALONE and MEASURED & set(words(name)))


@lru_cache(4096)
def is_setting(name: str) -> bool:
    """Is it something that is set?"""
    return canonical(name) is None and bool(SETTINGS & set(words(name)))


@lru_cache(4096)
def lends_its_name(group: str) -> bool:
    """Is what stands below it known by its own name alone? Not below `lr`, whose `d` is no loss of D's."""
    return not is_setting(group) and (not is_measured(group) or bool(_LOSS & set(words(group))))


@lru_cache(4096)
def is_often_whole(name: str) -> bool:
    """Is it a measurement even where its number is written without a decimal point?"""
    return bool(OFTEN_WHOLE & set(words(name)))


@lru_cache(4096)
def is_measured(name: str) -> bool:
    """Is it, by its name alone, a measurement?"""
    if canonical(name):
        return True
    return bool(MEASURED & set(words(name)) or _SCORED.search(name)) and not is_setting(name)
