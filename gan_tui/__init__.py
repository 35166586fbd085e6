"""gan-tui: train a GAN over SSH and watch the digits appear."""

__version__ = "0.1.0"
