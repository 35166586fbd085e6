"""The words of gan-tui, each declared once: what trainer, verdict, screen, command line and docs say is taken from here.

Imports neither torch nor Textual, and costs next to nothing to import.
"""
