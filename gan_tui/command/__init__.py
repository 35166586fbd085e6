"""Another program's training as a run: its process, what it prints, and the log that is made of it."""
