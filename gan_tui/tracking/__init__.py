"""`gan_tui.track`: an external training loop writes a run, which the screen shows and commands."""
