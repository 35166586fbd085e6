"""The screens: the run, the dialog before leaving, the help."""
