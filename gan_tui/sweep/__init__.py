"""Short trials over the values of settings: where does lr=0.0003 come from?

A *grid* tries given values, several seeds each; a *search* chooses the values of any number of settings, by Optuna, on any number of
machines.

Each trial is a run of its own in the folder of the sweep, trained by the ordinary trainer, and ends with an evaluation. What is
compared is this last live Frechet distance: of a few thousand samples, to real images. A value with a trial that diverged
counts as the worst. A trial that could not run (no disk, no memory, no device, killed) says nothing of its value: it has no result, and
is tried again when the sweep is resumed.
"""
