"""Where the numbers of `mlp-r3` come from: gamma of its penalties and its learning rate, one at a time, several seeds each.

Runs of ten epochs; what is compared is the Frechet distance to the test set. `python -m benchmarks.gamma_and_rate --at_once 2`
"""

import math

from benchmarks import common, quality

GAMMAS = tuple(f"loss.r1={gamma},loss.r2={gamma}" for gamma in (0.5, 1, 2, 4, 8))
RATES = tuple(f"optimizer.d_lr={rate},optimizer.g_lr={rate}" for rate in ("3e-4", "5e-4", "2e-3"))  # 1e-3 is gamma 2
PRESETS = " ".join(f"mlp-r3:{settings}" for settings in (*GAMMAS, *RATES))

if __name__ == "__main__":
    plan = quality.PLAN | {
        "presets": (PRESETS, PRESETS),
        "epochs": (10, 1),
        "scores": ("fd coverage", "fd coverage"),
        "budget": (0.02, 0.02),
        "target": (math.inf, math.inf),
    }
    common.main("gamma_and_rate", __doc__, quality.measure, **plan)
