"""What readers of the tutorial ask, answered in a sentence or two; docs/tutorial.md has each with something to try."""

QUESTIONS = (
    (
        "When is CUDA used?",
        "where this torch has CUDA and finds a GPU that passes a small computation; `gan-tui doctor` says which, or why none.",
    ),
    (
        "What does out.clamp(0, 1) do?",
        "it makes 0 of what is below 0, and 1 of what is above 1: what rounding has put outside would be a wrong colour in a file.",
    ),
    (
        "Why are images normalised to [-1, 1]?",
        "because G ends in Tanh, whose values lie there: of two ranges D could tell real from generated images by that alone.",
    ),
    (
        "Where does lr=0.0003 come from?",
        "from trials: it is about the highest rate at which every run still learns. `gan-tui sweep --lr 1e-5..1e-2` finds yours.",
    ),
    ("Why nn.Sequential?", "because each layer takes what the one before gives, and nothing else. Classes, skips and outlines need more."),
    (
        "What is nn.BCELoss?",
        "binary cross entropy, -y log p - (1 - y) log(1 - p). Computed from logits, as here, it has a slope even where D is sure.",
    ),
    (
        "Is backward() of d_loss_real + d_loss_fake enough?",
        "yes: the gradient of a sum is the sum of the gradients, and backward adds what it finds to what is there.",
    ),
    (
        "What does view(N, 1, 28, 28) do?",
        "it gives the same numbers another shape: N rows of 784 are N images of one channel. Nothing is copied.",
    ),
    (
        "What does save_image do?",
        "it puts a batch into one grid, takes [0, 1] to bytes and writes a file. `g` does that while the run trains.",
    ),
    (
        "Should G(z) be detached while D learns?",
        "D learns the same either way. Without detach the gradient goes on into G, where it is thrown away: half of that backward's work.",
    ),
    (
        "Why does G get the labels of real images?",
        "it then minimises -log D(G(z)), which has a slope where D is sure; log(1 - D(G(z))) has none there. Try loss.name=saturating.",
    ),
)
"""Questions and answers."""
