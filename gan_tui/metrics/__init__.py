"""How good are the samples? Pure functions of images, features and logits; torch is all they need.

`evaluation.Evaluator` puts them together; each measure lives in a file of its own, with its definition and source.
"""
