"""The keys of `gan-tui play`, declared once: bindings, key bar, palette and help derive from this table."""

from dataclasses import replace

from gan_tui.dashboard.commands import TO_SHELL, KeyCommand

PLAY_COMMANDS = (
    KeyCommand("space", "play", "pause", "Run or pause", "Trains, or stands still."),
    KeyCommand("enter", "answer", "answer", "The answer", "Shows what to have seen, and hides it again; on few lines, the question too."),
    KeyCommand("up", "choose(-1)", "knobs", "Choose a knob", "Up and down choose a knob, right and left turn it. So do clicks.", "arrows"),
    KeyCommand("down", "choose(1)", "", "The knob below", "The knob below.", "arrows", on_bar=False),
    KeyCommand("right", "turn(1)", "", "Turn up", "Turns the chosen knob to its next value, while it trains.", "arrows", on_bar=False),
    KeyCommand("left", "turn(-1)", "", "Turn down", "To the value before.", "arrows", on_bar=False),
    KeyCommand("n,right_square_bracket", "lesson(1)", "lesson", "Next lesson", "n is the next lesson, b the one before.", "n b"),
    KeyCommand("b,left_square_bracket", "lesson(-1)", "", "Lesson before", "The lesson before.", "b", on_bar=False),
    KeyCommand("d", "half('d')", "step", "Half a step: D", "d updates D once, g updates G once: both are a whole step.", "d g"),
    KeyCommand("g", "half('g')", "", "Half a step: G", "Updates G once, against D as it stands.", on_bar=False),
    KeyCommand("plus,equals_sign", "turn(1,'speed')", "speed", "Faster", "More steps a second, and fewer.", "+ -"),
    KeyCommand("minus", "turn(-1,'speed')", "", "Slower", "Fewer steps a second.", "-", on_bar=False),
    KeyCommand("r", "restart", "restart", "Begin anew", "Networks with fresh weights, from the same seed."),
    KeyCommand("R", "restart(1)", "", "Another seed", "Begins anew from the next seed: does the lesson still hold?", on_bar=False),
    KeyCommand("a", "layer('arrows')", "arrows", "Arrows", "Where G's loss draws its points: minus its gradient at each."),
    KeyCommand("w", "layer('grid')", "grid", "G's grid", "Straight lines of the latent plane, as G warps them."),
    KeyCommand("e", "example", "", "An example to begin with", "A drawn set for those without a mouse: a heart.", on_bar=False),
    KeyCommand("c", "clear", "clear", "Clear what is drawn", "Forgets the points that the mouse has drawn.", on_bar=False),
    KeyCommand("s", "save", "save", "Save the field", "Writes the field as a PNG into this folder."),
    KeyCommand("p", "app.picture", "", "Save a screenshot", "Writes this screen as an SVG into this folder.", on_bar=False),
    KeyCommand("t", "app.next_theme", "theme", "Next theme", "Changes the colours.", on_bar=False),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    KeyCommand("escape", "back", "", "Back", "Back to the question.", "esc", on_bar=False),
    replace(TO_SHELL, meaning="Stops it, as any program of a shell; fg goes on."),
    KeyCommand("q,ctrl+c,ctrl+q", "leave", "quit", "Quit", "Ends the training too; only what was saved is kept.", "q"),
)  # fmt: skip
