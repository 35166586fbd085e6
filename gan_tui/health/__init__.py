"""What a run's numbers add up to: the statistics, the rules that read them, and the diagnosis that they agree on."""
