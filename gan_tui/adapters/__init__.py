"""`gan_tui.track` for those who train with Lightning, Hugging Face, Keras or Ignite: a module for each, which imports that one."""
