"""Several runs in one process, whose steps are taken together (engines/many_engine.py)."""
