"""The keys of the latent walk and of the drawing board, declared once: bindings, key bar and help derive from these tables."""

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
    "there is one image a class, all of the same latents (of more than 64 classes, of the first 64). "
    "Where images change smoothly, G has learned what lies between them; jumps, or the same image everywhere, are signs of mode collapse. "
    "The generator is the newest checkpoint's, its EMA where the run has one; a run that trains is not disturbed."
)

DRAWING_COMMANDS = (
    KeyCommand("space", "mark", "mark", "Mark the pixel", "Makes the pixel at the cursor a line, or none."),
    KeyCommand("enter", "pen", "pen", "Pen down or up", "With the pen down the arrows draw."),
    KeyCommand("o", "example(1)", "example", "An example", "The outline of a held-out image, to begin with; O is the one before."),
    KeyCommand("O", "example(-1)", "", "The example before", "The held-out outline before.", on_bar=False),
    KeyCommand("s", "save", "save", "Save", "Writes drawing and picture as PNG files into the run directory."),
    KeyCommand("u,ctrl+z", "undo", "undo", "Undo", "Takes the last stroke back."),
    KeyCommand("c", "clear", "clear", "Clear", "An empty board; u brings the drawing back."),
    KeyCommand("x", "eraser", "eraser", "Eraser", "The left mouse button and the pen erase, or draw again."),
    KeyCommand("m", "next_images", "images", "How the picture is drawn", "ASCII, half blocks, braille; pixels where there are any."),
    KeyCommand("t", "app.next_theme", "theme", "Next theme", "Changes the colours.", on_bar=False),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    KeyCommand("escape", "back", "back", "Back", "Leaves the board for the samples.", shown_as="esc"),
    KeyCommand("q,ctrl+c,ctrl+q", "leave", "quit", "Quit", "Leaves the board. What was not saved is gone.", shown_as="q"),
)


def drawing_commands(*, alone: bool) -> tuple[KeyCommand, ...]:
    """Those that are shown: a board that is a program of its own is left by `q`, one within a dashboard by `esc`."""
    return tuple(command for command in DRAWING_COMMANDS if command.action != ("back" if alone else "leave"))


DRAWING_LEGEND = (
    "Draw the outline with the left mouse button; the right one erases. Or move with the arrows, and space marks a pixel: with the pen "
    "down (enter) the arrows draw. Lines go around what is bright, as in the outlines that `o` shows, and not along its middle."
)
