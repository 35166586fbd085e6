"""What is said of a run that is complete."""

from math import nan

from gan_tui.run.outcome import outcome_words
from gan_tui.spec.tasks import GAN, INVERSION


def test_a_number_is_named_and_has_beside_it_what_it_is_compared_with() -> None:
    scalars = {"error": 0.0812, "psnr": 10.93, "psnr_nearest": 8.5, "psnr_mean": 7.4, "psnr_bicubic": nan, "prior": 1.0}
    assert outcome_words(INVERSION, scalars) == ["error 0.0812", "PSNR 10.9 dB (nearest training image 8.5 dB, mean training image 7.4 dB)"]


def test_what_is_not_known_is_left_out() -> None:
    assert outcome_words(GAN, {"d_loss": 1.0}) == outcome_words(INVERSION, {}) == []
    assert outcome_words(GAN, {"fd": 0.3217}) == ["FD 0.322"]
    assert outcome_words(INVERSION, {"error": 0.5}) == ["error 0.5"]
