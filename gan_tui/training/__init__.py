"""The trainer: everything that imports torch, and nothing that draws."""
