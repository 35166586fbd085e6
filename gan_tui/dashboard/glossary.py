"""What each number on the screen means, what is healthy, and what to do: in plain words."""

from gan_tui.dashboard.quality import MEASURES

TRAINING = (
    (
        "D",
        "the discriminator: it looks at an image and says how likely it is to be real, from 0 to 1; under the losses `relativistic`, "
        "`hinge` and `wasserstein` it gives a score instead, whose size alone means nothing.",
    ),
    ("G", "the generator: it makes images out of noise, z, and is trained to be taken for real."),
    (
        "D(x)",
        "what D says of real images, on average. 1: it always knows them. In balance 0.5. Where D gives scores there are no "
        "probabilities: D's AUC stands in their place.",
    ),
    (
        "D(G(z))",
        "what D says of G's images. Near 0: D sees through all of them, and G learns little: a lower rate for D (optimizer.d_lr) helps. "
        "In balance 0.5. In a healthy run of `classic` the two stay apart, at about 0.7 and 0.25, and do not drift to 1 and 0.",
    ),
    (
        "d_loss",
        "how wrong D is, penalties left out. Where D can only guess it is 1.386 (2 ln 2, a sum over real and generated images) under the "
        "losses of `classic`, 0.693 under `relativistic`, 2 under `hinge`. Near 0: D has won, which stops G. "
        "Above: D is worse than a coin. Under `wasserstein` it is minus the estimated distance between real and "
        "generated images: far below 0 in the beginning is "
        "wanted, and it rises towards 0 as the images become better; at 0 or above while they are bad, the critic is behind.",
    ),
    (
        "g_loss",
        "how surely G is found out. In balance 0.693 (ln 2) under `non-saturating` and `relativistic`, -0.693 under `saturating`, 0 under "
        "`hinge` and `wasserstein`; about 2 in a healthy run of `classic`. "
        "It need not fall for the images to become better: D becomes better too.",
    ),
    (
        "D's AUC, auc",
        "how often D ranks the real image of a pair above the generated one: 0.5 where it cannot tell, 1 where it always can. Near 1 for "
        "long, D has won; but under `wasserstein` D is a critic, which is to be far ahead of G: there near 1 is well, and 0.5 is not.",
    ),
    (
        "penalty",
        "what D is charged for its slope (loss.r1, loss.r2: for a steep one; loss.gp: for one other than 1), in units of d_loss. Growing: "
        "D becomes steeper.",
    ),
    (
        "d_grad, g_grad",
        "gradient norms: how strongly the loss pulls at the weights of D and G. Steady is healthy. Bursts or growth: a smaller learning "
        "rate, or a penalty (loss.r1). Near 0 for G: D has won, and G learns nothing.",
    ),
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
QUALITY = tuple((measure.label, measure.meaning + ".") for measure in MEASURES if measure.name != "auc")
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
    ("what the numbers mean: training", TRAINING),
    ("samples", SAMPLES),
    ("quality", QUALITY),
    ("time", TIME),
    ("system", SYSTEM),
)
