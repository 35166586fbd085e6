"""What a command needs that computes in its own process, and is done when that is."""


def begin_to_compute() -> None:
    """Import torch, and give it as many CPU threads as are good by now: beside busy processes two can be ten times slower than one.

    Raises UserError.
    """
    from gan_tui.training.main import import_torch

    import_torch()
    import torch

    from gan_tui.training.cpu_threads import default_threads
    from gan_tui.training.kept_threads import threads_to_begin_with

    torch.set_num_threads(threads_to_begin_with(default_threads()))
