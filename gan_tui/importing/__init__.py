"""What other programs have written, as runs: tables, JSON lines and TensorBoard's folders, read as they grow and never touched."""
