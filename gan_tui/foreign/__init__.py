"""What other people's training scripts print, read as numbers, progress and trouble: pure functions of text."""
