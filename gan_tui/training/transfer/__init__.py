"""A style transfer as a run: what `gan_tui/style/` computes, with the log, the mailbox and the checkpoints of every other run."""
