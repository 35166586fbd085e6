"""A run's generator for other programs: as plain weights, TorchScript or ONNX, written only where it gives the same images."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from gan_tui import config, targets
from gan_tui.config import RunConfig
from gan_tui.data import registry
from gan_tui.errors import UserError, first_line, reason_of
from gan_tui.files import write_new
from gan_tui.pixel_range import denorm
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, sampling
from gan_tui.training.randomness import Randomness

TRACED, CHECKED = 2, 7
"""Images it is made with, and images by which it is checked: a count that was written into it would show."""
TOLERANCE = 1e-3
"""By which a value in [0, 1] may differ: a quarter of a step of a byte."""
OLDEST_FOR_ONNX = (2, 7)
"""torch's exporter of this form."""

Inputs = tuple[Tensor, ...]
Run = Callable[[Inputs], Tensor]


class Drawing(nn.Module):
    """G as other programs call it: latents (N, latent_dim), and what it is told, to images (N, C, H, W) in [0, 1]."""

    def __init__(self, generator: nn.Module, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.generator, self.shape = generator, shape

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """The images."""
        return denorm(self.generator(z, y)).view(-1, *self.shape)


class Exported(NamedTuple):
    """What was written."""

    interface: str
    """What it takes and gives, in words."""
    difference: float
    """The largest of a pixel in [0, 1] beside our own images."""


def write(run: RunDirectory, form: str, target: Path) -> Exported:
    """The newest generator into a file that does not exist yet. Raises UserError, and then nothing is written."""
    targets.refuse(target)
    settings, generator = sampling.load_generator(run)
    generator.eval().requires_grad_(False)
    drawing = Drawing(generator, build.image_shape(settings)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of exporters, to those who write them
        data, theirs = FORMS[form].make(drawing, settings)
        inputs = _inputs(settings, CHECKED)
        try:
            difference = float((theirs(inputs) - drawing(*inputs)).abs().max())
        except Exception as error:  # of another program's interpreter
            raise _unlike(form, first_line(error)) from None
    if not difference <= TOLERANCE:
        raise _unlike(form, f"its images differ by {difference:.2g}")
    try:
        if not write_new(target, data):
            raise targets.taken(target)
    except OSError as error:
        raise UserError(f"cannot write {error.filename or target}: {reason_of(error)}") from None
    return Exported(FORMS[form].interface or _interface(settings), difference)


def _unlike(form: str, why: str) -> UserError:
    return UserError(f"as {form}, this G does not give what it gives here ({why}): nothing was written")


def _inputs(settings: RunConfig, count: int) -> Inputs:
    """Latents; and classes in turn, int64 (N,), or outlines, uint8 (N, H * W), where G is told them."""
    generator = Randomness(0, torch.device("cpu")).at("export")
    z = torch.randn(count, settings.model.latent_dim, generator=generator)
    if settings.model.outlines:
        _, height, width = build.image_shape(settings)
        return z, torch.randint(0, 2, (count, height * width), generator=generator, dtype=torch.uint8)
    return (z, torch.arange(count) % registry.spec_of(settings.data).classes) if settings.model.conditional else (z,)


def _interface(settings: RunConfig) -> str:
    channels, height, width = build.image_shape(settings)
    told = f", y int64 (N), the {'groups' if settings.data.clusters else 'classes'}" if settings.model.conditional else ""
    told = ", y uint8 (N, H * W), the outlines" if settings.model.outlines else told
    return f"z float32 (N, {settings.model.latent_dim}){told} to images float32 (N, {channels}, {height}, {width}) in [0, 1]"


def _safetensors(drawing: Drawing, settings: RunConfig) -> tuple[bytes, Run]:
    from safetensors.torch import load, save

    weights = {name: value.clone(memory_format=torch.contiguous_format) for name, value in drawing.generator.state_dict().items()}
    said = {"format": "pt", "model": config.to_toml(settings, only=("model", "data"))}
    data = save(weights, said)
    again = build.make_generator(settings)
    again.load_state_dict(load(data))
    other = Drawing(again, drawing.shape).eval().requires_grad_(False)
    return data, lambda inputs: other(*inputs)


def _torchscript(drawing: Drawing, settings: RunConfig) -> tuple[bytes, Run]:
    try:
        traced: Any = torch.jit.trace(drawing, _inputs(settings, TRACED), check_trace=False)
        buffer = io.BytesIO()
        torch.jit.save(traced, buffer)
        buffer.seek(0)
        again: Any = torch.jit.load(buffer)
    except Exception as error:  # whatever a tracer raises
        raise UserError(f"this G cannot be traced as TorchScript: {first_line(error)}") from None
    return buffer.getvalue(), lambda inputs: again(*inputs)


def _onnx(drawing: Drawing, settings: RunConfig) -> tuple[bytes, Run]:
    try:
        import onnxscript  # noqa: F401  # which torch's exporter asks for
        from onnx.reference import ReferenceEvaluator
    except ImportError:
        raise UserError("--weights onnx wants onnx and onnxscript: pip install 'gan-tui[onnx]'") from None
    if tuple(map(int, torch.__version__.split(".")[:2])) < OLDEST_FOR_ONNX:
        raise UserError(f"--weights onnx wants torch {'.'.join(map(str, OLDEST_FOR_ONNX))} or newer, and this is {torch.__version__}")
    inputs = _inputs(settings, TRACED)
    names, free = ("z", "y")[: len(inputs)], {0: torch.export.Dim("n", min=1)}
    try:
        program: Any = torch.onnx.export(
            drawing, inputs, input_names=names, output_names=["images"], dynamic_shapes=(free,) * len(inputs), dynamo=True, verbose=False
        )
        data: bytes = program.model_proto.SerializeToString()
    except Exception as error:  # whatever an exporter raises
        raise UserError(f"this G cannot be written as ONNX: {first_line(error)}") from None
    evaluator: Any = ReferenceEvaluator(data)
    fed = dict[str, Any]
    return data, lambda given: torch.from_numpy(evaluator.run(None, fed(zip(names, (one.numpy() for one in given), strict=True)))[0])


class Form(NamedTuple):
    """One of them."""

    make: Callable[[Drawing, RunConfig], tuple[bytes, Run]]
    """The file's content, and a way to draw with it."""
    interface: str = ""
    """Where it is not that of `Drawing`."""


FORMS = {
    "safetensors": Form(_safetensors, "the state dict of G, as generator.pt has it"),
    "torchscript": Form(_torchscript),
    "onnx": Form(_onnx),
}
"""By the word behind `--weights`; gan_tui/cli/export.py has the words, and how the files end."""
