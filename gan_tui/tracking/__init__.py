"""`gan_tui.track`: somebody's own training loop writes a run, which the screen shows and commands."""
