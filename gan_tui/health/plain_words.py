"""Advice in words that mean something to who has never seen gan-tui's settings: the author of another program."""

import re

WORDS = {
    ", --lr,": ",",
    ", --lr": "",
    "optimizer.d_lr": "D's learning rate",
    "optimizer.g_lr": "G's learning rate",
    "train.d_steps to 5": "the D steps per G step to 5",
    "train.d_steps": "the D steps per G step",
    "add R1: loss.r1": "add an R1 penalty",
    "R1 (loss.r1)": "an R1 penalty",
    "set loss.gp to 10": "add a gradient penalty of weight 10",
    "keep loss.gp at 10": "keep the gradient penalty at 10",
    "add loss.r1": "add an R1 penalty",
    "raise loss.r1": "raise the R1 penalty",
    "lower loss.r1": "lower an R1 penalty",
    "loss.name = relativistic with loss.r1 and loss.r2": "a relativistic loss with R1 and R2 penalties",
    "preset mlp-r3": "a relativistic loss with R1 and R2 penalties",
    "best.pt": "the weights of the best evaluation",
    ", or ask for one: key e": "",
    "look at real_images.png and at the notes on the data in the log": "look at the training images",
    "look at the training images (keys 2 and r)": "look at the training images",
}
"""What the rules say, and what it is called everywhere else; the longer one is tried first."""
_KNOWN = re.compile("|".join(re.escape(words) for words in sorted(WORDS, key=len, reverse=True)))


def in_plain_words(advice: str) -> str:
    """The same advice without the names of settings, keys and presets."""
    return _KNOWN.sub(lambda found: WORDS[found[0]], advice)
