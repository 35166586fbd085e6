"""What each number on the screen means, what is healthy, and what to do: in plain words."""

from gan_tui.dashboard.questions import QUESTIONS
from gan_tui.spec.metrics import EVALUATION, TRAINING, Metric


def _title(metric: Metric) -> str:
    """`pairwise, d_pair_accuracy`: on the screen, and in the files."""
    return metric.label if metric.label == metric.name else f"{metric.label}, {metric.name}"


WHILE_TRAINING = (
    (
        "D",
        "the discriminator. It gives each image a probability of being real, from 0 to 1. Under the losses `relativistic`, "
        "`hinge` and `wasserstein` it gives a score instead, whose size alone means nothing.",
    ),
    ("G", "the generator. It turns noise, z, into images, and is trained to fool D."),
    *((_title(metric), metric.meaning + ".") for metric in TRAINING),
    (
        "noise",
        "a verdict: after 3,000 steps no sample is near any real image (coverage and density 0). The advice lists possible causes, "
        "the likeliest first, each with its evidence: D teaches nothing, D is too far ahead, G hardly moves, the rates are too high, "
        "the data.",
    ),
    ("nan, inf", "training has diverged. A lower learning rate usually helps."),
    (
        "roll-back",
        "a loss was not finite, so training went back to the newest checkpoint, with other noise. One is bad luck; several call for a "
        "lower learning rate.",
    ),
    (
        "verdict",
        "what the numbers say about the run, with the evidence. Green: healthy; blue: worth knowing; yellow: look at it; red: act. What "
        "to try stands beside it and in view 4. At the right: when its numbers were measured, and `stale` if that is too long ago "
        "(half as many steps again as the run had done by then).",
    ),
)
SAMPLES = (
    (
        "samples",
        "images made from the same noise throughout the run, so that you can watch each one improve. All alike: mode collapse.",
    ),
    (
        "score",
        "the number under an image is D(x): near 1, D takes it for real; near 0, D sees through it. None where D's output is not a "
        "probability.",
    ),
    (
        "EMA",
        "exponential moving average of G's weights (ema.half_life). Its samples are steadier, and mostly better, than those of the "
        "current weights, called raw.",
    ),
    ("nearest", "the most similar training image. If a sample equals it, G has memorised it."),
)
QUALITY = tuple((_title(metric), metric.meaning + ".") for metric in EVALUATION)
PICTURES = (
    (
        "logits",
        "what D says of held-out real images and of samples at each evaluation, before it becomes a probability: above 0 it takes an image "
        "for real. Two strips over the run, the darkest where most images are, and both histograms of one evaluation (of the newest, or of "
        "the one at the cursor) at one axis, up to the largest share. Under a relativistic loss only their distance counts. Wholly "
        "apart: D tells all of them, and G learns little; one over the other: D cannot tell.",
    ),
    (
        "layers",
        "what each layer of G and D does with one batch, at the newest evaluation. activation: the mean size of what comes out of it; "
        "dead: the share of its units that are below 0 for the whole batch, of layers before a ReLU; gradient: the length of its gradient; "
        "update/weight: how far its weights came since the evaluation before, as a share of their length, a step. Marked (!): more than "
        "half of the units dead, or a gradient that is 0 or not finite: nothing is learned there.",
    ),
)
TIME = (
    ("epoch, step", "a step trains D, and every train.d_steps steps G, on one batch. An epoch is one pass over the training set."),
    ("it/s, img/s", "steps and real images per second over the last few seconds, all ranks (processes) together."),
    ("elapsed", "time spent training, without pauses."),
    (
        "ETA",
        "time until the last epoch ends, at the present speed; with --budget, until that time is spent, as the bar beside the epoch says.",
    ),
    (
        "stalled",
        "the trainer is alive and in the phase `training`, but has done no step for 10 seconds and for 20 times as long as usual: a busy "
        "disk or GPU, or a hanging rank. trainer.log in the run's folder may say more.",
    ),
)
SYSTEM = (
    ("use", "share of the time in which the GPU computed something. Far below 100 %: it waits, mostly for the CPU."),
    ("cpu", "CPU cores that the trainer keeps busy. With a GPU, one is usual; far less means that it waits for the GPU, as it should."),
    ("load", "processes of the whole machine that want a core, mean of a minute. Above the number of cores they wait for each other."),
    ("memory", "GPU: used by all its processes. Trainer: its RAM. Machine: not available to other processes."),
    ("history", "a cell for each 2 s in which view 5 was open. A gap: it was closed meanwhile, or nothing could be read."),
)
ASKED = tuple(("", f"{question} {answer[0].upper()}{answer[1:]}") for question, answer in QUESTIONS)
SECTIONS = (
    ("what the numbers mean: training", WHILE_TRAINING),
    ("samples", SAMPLES),
    ("quality", QUALITY),
    ("charts", PICTURES),
    ("time", TIME),
    ("system", SYSTEM),
    ("what readers of the tutorial ask: docs/tutorial.md has more", ASKED),
)
