"""The screen: it reads a run directory and shows it, and knows nothing of how a run is trained."""

import os

# Textual reads this once, when it is imported: at most 20 frames a second instead of 60. The dashboard draws by
# its own clock, four times a second; the rest is room for an immediate answer to a key.
os.environ.setdefault("TEXTUAL_FPS", "20")
