"""What each number on the screen means, what is healthy, and what to do: in plain words."""

from gan_tui.spec.metrics import EVALUATION, TRAINING, Metric


def _title(metric: Metric) -> str:
    """`pair acc, d_pair_accuracy`: on the screen, and in the files."""
    return metric.label if metric.label == metric.name else f"{metric.label}, {metric.name}"


WHILE_TRAINING = (
    (
        "D",
        "the discriminator: it looks at an image and says how likely it is to be real, from 0 to 1; under the losses `relativistic`, "
        "`hinge` and `wasserstein` it gives a score instead, whose size alone means nothing.",
    ),
    ("G", "the generator: it makes images out of noise, z, and is trained to be taken for real."),
    *((_title(metric), metric.meaning + ".") for metric in TRAINING),
    (
        "noise",
        "a verdict: after 3,000 steps no sample is near any real image (coverage and density 0). Its advice lists the causes, "
        "the likeliest first, each with what was found: D that teaches nothing, D too far ahead, G that hardly moves, rates too high, "
        "the data.",
    ),
    ("nan, inf", "the training has broken down: a smaller learning rate is the usual cure."),
    (
        "roll-back",
        "a loss was not finite, and training went on from the newest checkpoint with other noise: the bar moves back. "
        "One is bad luck; several call for a smaller learning rate.",
    ),
    (
        "verdict",
        "what the numbers add up to, with its evidence: green is well, blue is worth knowing, yellow deserves a look, red needs doing "
        "something; what to try stands beside it and in the view `quality`. At its right end: when its numbers were taken; `stale`, "
        "where that is too long ago to speak of the present (half as many steps again as the run had behind it then).",
    ),
)
SAMPLES = (
    (
        "samples",
        "images made from the same noise throughout the run, so that each one can be seen to become better. All alike: G has collapsed.",
    ),
    (
        "score",
        "the number under an image is D's belief in it: near 1 it is taken for real, near 0 it is found out. "
        "None where D gives no probabilities.",
    ),
    (
        "EMA",
        "the average of G's weights over the last steps (ema.half_life). Its samples are steadier and mostly better than those of the "
        "weights of the moment, called raw.",
    ),
    ("nearest", "the training image that is most alike: a sample that equals it was copied, not made."),
)
QUALITY = tuple((_title(metric), metric.meaning + ".") for metric in EVALUATION)
TIME = (
    ("epoch, step", "a step trains D and G once on one batch; an epoch is one pass over the training set."),
    ("it/s, img/s", "steps and real images a second, over the last few seconds, of all ranks (processes) together."),
    ("elapsed", "time spent training, pauses left out."),
    ("ETA", "time that the rest of the epochs will take at the present speed."),
    (
        "stalled",
        "the trainer is alive and says that it trains, but no step has come for 10 seconds and for 20 times as long as usual: "
        "a busy disk or GPU, or a process of several that hangs. trainer.log in the run's folder may say more.",
    ),
)
SYSTEM = (
    ("use", "share of the last moments in which the GPU computed anything. Far below 100 %: it waits, mostly for the processor."),
    ("cpu", "processor cores that the trainer keeps busy. On a GPU one core is usual; far less: it waits for the GPU, as it should."),
    ("load", "processes of the whole machine that want a core, mean of a minute. Above the number of cores they wait for each other."),
    ("memory", "of the GPU all that its processes took; of the trainer what it has in RAM; of the machine what no other can have."),
)
SECTIONS = (
    ("what the numbers mean: training", WHILE_TRAINING),
    ("samples", SAMPLES),
    ("quality", QUALITY),
    ("time", TIME),
    ("system", SYSTEM),
)
