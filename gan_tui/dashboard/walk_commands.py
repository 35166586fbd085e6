"""The keys of the latent walk, declared once: bindings, key bar and help derive from this table."""

from gan_tui.dashboard.commands import KeyCommand

WALK_COMMANDS = (
    KeyCommand("left", "move(-1,0)", "walk", "Walk", "The arrows walk along two directions; with shift four steps at once.", "arrows"),
    KeyCommand("space", "play", "play", "Play", "Walks on by itself, and stands still again."),
    KeyCommand("n", "begin_elsewhere", "new", "Elsewhere", "Other latents to begin with, other directions."),
    KeyCommand("home", "begin", "begin", "The beginning", "Back to where the walk began."),
    KeyCommand(
        "minus", "truncate(-1)", "truncation", "Truncation",
        "Cuts latents off nearer to zero: images more alike, and mostly better; + farther out, then not at all.", "- +",
    ),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    KeyCommand("escape,q,l,ctrl+c,ctrl+q", "dismiss", "back", "Back", "Back to the samples.", shown_as="esc"),
)  # fmt: skip
WALK_LEGEND = (
    "Each image is what G makes of one point of its latents. The arrows go along two great circles that cross at right angles: the "
    "middle image is where you are, the others lie around it. Of a run that was told classes "
    "there is one image a class, all of the same latents. "
    "Where images change smoothly, G has learned what lies between them; jumps, or the same image everywhere, are signs of mode collapse. "
    "The generator is the newest checkpoint's, its EMA where the run has one; a run that trains is not disturbed."
)
