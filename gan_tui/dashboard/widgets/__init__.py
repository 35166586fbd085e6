"""The panels of the screen, one purpose a file. Each draws plain lines out of what it is shown."""
