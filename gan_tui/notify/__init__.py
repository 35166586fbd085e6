"""A run calls its owner: what is worth a call, and how it is made. Nothing here needs torch or Textual."""
