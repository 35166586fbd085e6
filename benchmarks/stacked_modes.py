"""How many of Stacked MNIST's thousand modes a game finds: the tutorial's loss against the relativistic one with R1 and R2.

The same networks, rates and number of images in each; 26,000 samples are counted, as in the literature, of which a perfect sampler finds
all modes and reads a class_kl of 0.019. `python -m benchmarks.stacked_modes --at_once 2`
"""

import math

from benchmarks import common, quality

RELATIVISTIC = "mlp-r3:data.dataset=stacked-mnist"
NON_SATURATING = f"{RELATIVISTIC},loss.name=non-saturating,loss.r1=0,loss.r2=0"
GAMES = f"{NON_SATURATING} {RELATIVISTIC}"

if __name__ == "__main__":
    plan = quality.PLAN | {
        "games": (GAMES, GAMES),
        "epochs": (25, 1),
        "samples": (26_000, 1_000),
        "budget": (0.02, 0.02),
        "target": (math.inf, math.inf),
        "scores": ("modes class_kl fd fd_floor coverage", "modes class_kl fd"),
    }
    common.main("stacked_modes", __doc__, quality.measure, **plan)
