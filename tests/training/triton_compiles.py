"""Compile our GPU kernels for a compute capability, 80 or 90, which wants no GPU; prints the name of each. Raises what Triton does."""

import sys
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from gan_tui.spec.objectives import OBJECTIVES
from gan_tui.training.engines import triton_kernels as kernels
from gan_tui.training.engines import triton_steps
from gan_tui.training.engines.triton_tiles import COLUMNS, ROWS, SPLIT, STEP_TILES, TILES

FLOAT, HALF, INT = "*fp32", "*bf16", "i32"
KERNELS = (
    kernels.product, kernels.last_layer, kernels.one_column_back, kernels.one_column_gradients, triton_steps.finite, triton_steps.adam,
    triton_steps.layer_steps,
)  # fmt: skip
NEXT = {name: INT for kernel in KERNELS for name in kernel.arg_names if name.endswith("_next")}


def compiled(kernel: Any, kinds: dict[str, str], **known: Any) -> None:
    signature = {name: "constexpr" if name in known else kinds[name] for name in kernel.arg_names}
    source = ASTSource(kernel, signature, {(kernel.arg_names.index(name),): value for name, value in known.items()}, {})
    triton.compile(source, target=GPUTarget("cuda", int(sys.argv[1]), 32), options={"num_warps": 4, "num_stages": 3})
    print(kernel.__name__)


def product(closing: Any, precision: str, kind: str = FLOAT, tile: int = 0, **flags: Any) -> None:
    kinds = dict.fromkeys(("a", "b", "c", "bias", "outputs"), kind) | dict.fromkeys(("sums", "pieces"), FLOAT) | {"arrived": "*i32"}
    kinds |= dict.fromkeys(("m_size", "n_size", "k_size", "a_m", "a_k", "b_k", "b_n"), INT) | {"slope": "fp32"} | NEXT
    flags = {"BIAS": False, "ADD": False, "SUM": False, "SPLIT": 1} | flags
    rows, columns, depth = TILES[precision][tile]
    compiled(
        kernels.product, kinds, CLOSING=closing.value, PRECISION=precision, BLOCK_M=rows, BLOCK_N=columns, BLOCK_K=depth, **flags
    )  # fmt: skip


def step(kind: str, precision: str, one_column: bool) -> None:
    """Adam's steps where the gradients are made."""
    kinds = dict.fromkeys(triton_steps.adam.arg_names, FLOAT) | dict.fromkeys(("x0", "x1", "x2", "behind0", "behind1", "behind2"), kind)
    kinds |= dict.fromkeys(("width0", "width1", "width2", "width3", "rows", "size"), INT) | {"rounded": HALF, "eps": "fp32"} | NEXT
    rows, columns, depth = STEP_TILES[precision][0]
    compiled(
        triton_steps.layer_steps, kinds, ROUND=kind == HALF, AVERAGE=True, PRECISION=precision, ONE_COLUMN=one_column, COLUMNS=COLUMNS,
        BLOCK_M=rows, BLOCK_N=columns, BLOCK_K=depth,
    )  # fmt: skip


def main() -> None:
    product(kernels.LEAKY_RELU, "tf32x3", BIAS=True, SPLIT=SPLIT)
    product(kernels.TANH, "tf32", BIAS=True)
    product(kernels.LEAKY_RELU_BACK, "ieee", HALF)
    product(kernels.NOTHING, "tf32x3", tile=1, SUM=True)
    product(kernels.TANH_BACK, "ieee", HALF, tile=2)
    product(kernels.WEIGHTS, "tf32")
    kinds = dict.fromkeys(("x", "weight", "bias", "logits", "gradient", "before", "outputs", "result"), HALF) | {"slope": "fp32"} | NEXT
    kinds |= dict.fromkeys(("size", "m_size", "k_size"), INT) | dict.fromkeys(("weight_gradient", "bias_gradient", "zero", "state"), FLOAT)
    for name in OBJECTIVES:
        for for_d in (True, False):
            pairs = for_d or name == "relativistic"
            compiled(kernels.last_layer, kinds, NAME=name, FOR_D=for_d, PAIRS=pairs, BLOCK_M=ROWS, BLOCK_K=256)
    compiled(kernels.one_column_back, kinds, BLOCK_M=ROWS, BLOCK_K=256)
    compiled(kernels.one_column_gradients, kinds, BLOCK_M=128, BLOCK_K=COLUMNS)
    compiled(triton_steps.finite, kinds, BLOCK=256)
    kinds = dict.fromkeys(triton_steps.adam.arg_names, FLOAT) | {"rounded": HALF, "size": INT, "eps": "fp32"} | NEXT
    compiled(triton_steps.adam, kinds, ROUND=True, AVERAGE=True, BLOCK=1024)
    step(FLOAT, "tf32x3", False)
    step(HALF, "ieee", True)


if __name__ == "__main__":
    main()
