"""The words of a search in latents: what it logs, what may change while it goes on."""

from collections.abc import Mapping, Sequence

from gan_tui.spec.commands import LiveSetting
from gan_tui.spec.metric import Metric
from gan_tui.spec.styles import Role

METRICS: Sequence[Metric] = (
    Metric(
        name="error", label="error", low=0, decimals=4, better="lower", role=Role.G,
        brief="of what is seen: what the search minimises",
        meaning="root of the mean squared difference to the pixels that are seen (black 0, white 1) of the best candidates, which is what "
        "the search minimises. Of a repair these are the pixels outside of the hole; of a sharpening, those of the small picture",
    ),
    Metric(
        name="prior", label="z length", low=0, ideal=1, better="ideal", decimals=2, role=Role.MUTED,
        brief="mean square of the latents",
        meaning="mean square of the numbers in the best candidates' latents: 1 is usual, for that is what G has learned from. Far above, G "
        "is asked for pictures of a kind that it never drew",
    ),
    Metric(
        name="psnr", label="G", alone="PSNR", unit="dB", better="higher", decimals=2, role=Role.G,
        brief="PSNR of what G draws where it was hidden",
        meaning="how near what G drew is to what the picture has there (PSNR; where the picture is damaged it says nothing). In decibels: "
        "10 dB are a root mean squared difference of 0.32, 20 dB of "
        "0.1, over all pictures together: in the hole; of a sharpening, the whole picture; of a projection too, where nothing was hidden",
    ),
    Metric(
        name="psnr_nearest", label="nearest", alone="nearest training image", unit="dB", better="higher", decimals=2, role=Role.ACCENT,
        brief="PSNR of the nearest training image",
        meaning="the same of the training image that is nearest by what is seen: what copying would reach",
    ),
    Metric(
        name="psnr_mean", label="mean", alone="mean training image", unit="dB", better="higher", decimals=2, role=Role.MUTED,
        brief="PSNR of the mean training image",
        meaning="the same of the mean of all training images: what needs no picture at all",
    ),
    Metric(
        name="psnr_bicubic", label="bicubic", alone="bicubic interpolation", unit="dB", better="higher", decimals=2, role=Role.D,
        brief="PSNR of interpolation",
        meaning="the same of interpolation, which knows nothing of such pictures: bicubic of a small picture; over a hole, the "
        "surface through what is around it that bends least, which is a cubic spline in two dimensions",
    ),
)  # fmt: skip
CURVES = ("error", "psnr")
"""What a search is about."""
REFERENCES = ("psnr_nearest", "psnr_mean", "psnr_bicubic")
"""What anybody could do without G."""
CHARTS: Mapping[str, Sequence[str]] = {"search error": ("error",), "psnr": ("psnr", *REFERENCES)}

LIVE_SETTINGS: Mapping[str, LiveSetting] = {
    setting.key: setting
    for setting in (
        LiveSetting("search.rate", "learning rate", usual=(1e-3, 1.0)),
        LiveSetting("search.prior", "weight of the prior"),
        LiveSetting("search.blend", "how much is blended"),
    )
}
