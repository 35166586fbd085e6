"""Style transfer: one picture keeps its content and takes another's style. Pure functions of pictures and features; no files of a run.

Gatys, Ecker and Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks" (CVPR); Johnson, Alahi and Fei-Fei 2016,
"Perceptual Losses for Real-Time Style Transfer and Super-Resolution" (arXiv:1603.08155).
"""
