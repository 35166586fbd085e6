"""The run directory: the only thing that trainer and dashboard share.

Nothing in here imports torch or Textual, so that both sides can import all of it.
"""
