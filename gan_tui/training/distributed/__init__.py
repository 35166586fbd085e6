"""One run on several devices: what the ranks exchange, rank 0's hold on the others, and how a death among them is noticed."""
