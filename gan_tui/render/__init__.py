"""Pixels and numbers to text. Pure functions: neither Textual nor torch, and no terminal is asked anything."""
