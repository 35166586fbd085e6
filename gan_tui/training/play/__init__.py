"""Two-dimensional GANs that are trained to be looked at: the process behind `gan-tui play`."""
