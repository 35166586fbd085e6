"""GAN inversion: which latents of a generator give a picture, or the part of one that is seen. Pure functions of pictures; no Textual.

Pictures are flat, float32 (N, pixels) in [0, 1], their pixels in the order (C, H, W).
"""
