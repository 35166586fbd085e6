"""How good are the samples? Pure functions of images, features and logits; torch is all they need.

`evaluation.Evaluator` puts them together; each measure stands beside its kind, with its definition and source.
"""
