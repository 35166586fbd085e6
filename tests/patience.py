"""How long the tests wait before they call something hung: one number, for all of them.

No test says how fast anything is: what it waits for is a condition, and this is only the ceiling behind it. It is never reached on a
machine that works, so it costs nothing to have it high; GAN_TUI_TEST_PATIENCE makes it higher still for a machine that is very busy.
"""

import os

CEILING = 600.0 * float(os.environ.get("GAN_TUI_TEST_PATIENCE", "1"))
"""Seconds."""
