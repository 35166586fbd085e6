"""What every run shares that optimises pictures and trains no network: its loop, its checkpoints, where its picture goes."""
