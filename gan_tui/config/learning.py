"""What the networks minimise, and how: the sections `loss`, `optimizer` and `ema`."""

from typing import Annotated, Literal

from msgspec import Meta

from gan_tui.config.allowed import NAMES
from gan_tui.config.values import OWN, LengthText, Section
from gan_tui.spec.objectives import OBJECTIVES


class Loss(Section, frozen=True):
    """What the networks minimise."""

    name: Annotated[
        str,
        Meta(
            pattern=rf"^({'|'.join(OBJECTIVES)}|{OWN})\Z",
            description=f"{next(iter(OBJECTIVES))} (the tutorial's), {', '.join(list(OBJECTIVES)[1:])} "
            "or package.module:function (a loss of your own)",
            extra={NAMES: tuple(OBJECTIVES)},
        ),
    ] = "non-saturating"
    r1: Annotated[float, Meta(ge=0, le=1e6, description="gamma of R1, the penalty on D's gradient at real images; 0: none")] = 0.0
    r2: Annotated[float, Meta(ge=0, le=1e6, description="gamma of R2, the same at generated images")] = 0.0
    penalty: Annotated[
        Literal["gradient", "fd"],
        Meta(
            description="how R1 and R2 are computed: gradient (exact, by second derivatives) or fd (finite differences: "
            "by how much noise on an image moves D; faster, and smoother)"
        ),
    ] = "gradient"
    sigma: Annotated[float, Meta(gt=0, le=10, description="fd: standard deviation of that noise; images are in [-1, 1]")] = 0.3
    gp: Annotated[float, Meta(ge=0, le=1e6, description="lambda of WGAN-GP, which wants D's gradient norm between the two to be 1")] = 0.0
    l1: Annotated[
        float, Meta(ge=0, le=1e6, description="unet: weight of the mean absolute difference, in [-1, 1], of G's pictures to the originals")
    ] = 0.0
    penalty_share: Annotated[float, Meta(gt=0, le=1, description="share of each batch on which the penalties are computed")] = 1.0
    class_pairs: Annotated[
        bool, Meta(description="conditional: the generated image beside a real one is of its class; a relativistic loss compares the two")
    ] = True
    shared_fakes: Annotated[
        bool,
        Meta(description="G learns from the images that D has just learned from: one pass of G a step instead of two"),
    ] = False

    @property
    def own(self) -> bool:
        """Is it a person's own (gan_tui/training/own_loss.py)?"""
        return self.name not in OBJECTIVES


class Optimizer(Section, frozen=True):
    """Adam, once for each network."""

    d_lr: Annotated[float, Meta(gt=0, le=10, description="learning rate of the discriminator")] = 3e-4
    g_lr: Annotated[float, Meta(gt=0, le=10, description="learning rate of the generator")] = 3e-4
    beta1: Annotated[float, Meta(ge=0, lt=1, description="decay of Adam's mean of gradients")] = 0.9
    beta2: Annotated[float, Meta(ge=0, lt=1, description="decay of Adam's mean of squared gradients")] = 0.999
    eps: Annotated[float, Meta(gt=0, le=1, description="Adam's epsilon, added to the root of the second moment")] = 1e-8
    schedule: Annotated[
        Literal["constant", "cosine", "linear"],
        Meta(description="constant (both rates stay), or how they fall until the end of the run: cosine (half of one) or linear"),
    ] = "constant"
    hold: Annotated[
        LengthText, Meta(description="how long they stay before they fall: 3 epochs, 500 steps, 10000 images, 60s; empty: not at all")
    ] = ""
    until: Annotated[LengthText, Meta(description="where the fall ends, likewise; empty: at the end of the run")] = ""
    floor: Annotated[float, Meta(ge=0, le=1, description="share of the rates that is left after the fall")] = 0.1
    warmup_steps: Annotated[int, Meta(ge=0, le=10**9, description="steps in which both rates rise to their values at the beginning")] = 0


class Ema(Section, frozen=True):
    """A second generator whose weights are a moving average of the trained one's; samples and scores are its own."""

    half_life: Annotated[
        float, Meta(ge=0, le=1e12, description="images after which weights count half in the average (fewer in the beginning); 0: none")
    ] = 0.0
    ramp: Annotated[
        float,  # as StyleGAN2-ADA has it: Karras et al. 2020, arXiv:2006.06676
        Meta(
            gt=0,
            le=1,
            description="the half-life is at most this share of the images seen, or the first weights would be remembered for long",
        ),
    ] = 0.05
