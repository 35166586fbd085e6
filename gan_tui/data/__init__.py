"""Data sets as uint8 tensors that stay on the device."""
