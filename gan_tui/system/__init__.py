"""What a run asks of its machine: readings of GPUs, processes, memory and disk. Pure Python, no Textual, no torch.

Every number is one that was measured here and now; what cannot be known is None, and a word says why.
"""
