"""How many of Stacked MNIST's thousand modes a GAN finds: the tutorial's loss against the relativistic one with R1 and R2.

Once with MLPs, where nothing but the loss differs, and once with convolutional networks, each with the Adam of its source (DCGAN's,
R3GAN's) and both with averaged weights. 26,000 samples are counted, as in the literature, of which a perfect sampler finds all modes and
reads a class_kl of 0.019. `python -m benchmarks.stacked_modes --at_once 2`
"""

import math

from benchmarks import common, quality

RELATIVISTIC = "mlp-r3:data.dataset=stacked-mnist"
NON_SATURATING = f"{RELATIVISTIC},loss.name=non-saturating,loss.r1=0,loss.r2=0"
CONVOLUTIONAL = "dcgan:data.dataset=stacked-mnist,model.channels=16,ema.half_life=50000"
R3 = "loss.name=relativistic,loss.r1=1,loss.r2=1,loss.penalty_share=0.25,optimizer.beta1=0,optimizer.beta2=0.99"
SMALL = "conv-small-uncond:data.dataset=stacked-mnist,loss.r1=10,loss.r2=10,loss.penalty_share=1"
PRESETS = f"{NON_SATURATING} {RELATIVISTIC} {CONVOLUTIONAL} {CONVOLUTIONAL},{R3} {SMALL}"

if __name__ == "__main__":
    plan = quality.PLAN | {
        "presets": (PRESETS, f"{NON_SATURATING} {RELATIVISTIC}"),
        "epochs": (25, 1),
        "samples": (26_000, 1_000),
        "budget": (0.02, 0.02),
        "target": (math.inf, math.inf),
        "scores": ("modes class_kl fd fd_floor coverage", "modes class_kl fd"),
    }
    common.main("stacked_modes", __doc__, quality.measure, **plan)
