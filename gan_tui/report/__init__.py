"""What is known of a run, as one file for people who were not there: HTML without a network, or Markdown. No torch, no Textual."""
