"""Tests of gan-tui, on a CPU and without a network."""

import os

# One thread each, before torch is imported: two tests at a time would spin for each other's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Where a test or its trainer takes more, those that wait sleep: by spinning they took ten times the time of what they waited for.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
