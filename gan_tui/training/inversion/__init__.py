"""A search in latents as a run: what `gan_tui/inversion/` computes, with the log, the mailbox and the checkpoints of every other run."""
