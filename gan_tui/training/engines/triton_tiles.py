"""How what the GPU kernels compute is divided among their programs."""

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

PRECISIONS = {"float32": "tf32x3", "tf32": "tf32", "bfloat16": "ieee"}
"""How `train.precision` multiplies. Three products of numbers in tf32 are as exact as one in float32, and tensor cores compute them."""
ADAM_BLOCK = 1024
"""Weights that one program of Adam's kernel updates."""
Tile = tuple[int, int, int]
TILES: dict[str, tuple[Tile, ...]] = {
    "tf32x3": ((16, 32, 64), (32, 64, 32)),
    "tf32": ((16, 32, 64), (32, 64, 64), (32, 128, 32)),
    "ieee": ((16, 32, 64), (32, 64, 64), (64, 64, 64)),
}
"""Rows and columns that one program of `product` makes, and how much of the sum it takes at a time; by how it multiplies. The first
is the fastest of 34 on an H200 for a single network, and those of tf32x3 the fastest of 7 for 8 and 32 of them. The third is for many."""
STEP_TILES: dict[str, tuple[Tile, ...]] = {
    "tf32x3": ((32, 64, 32),),
    "tf32": ((32, 64, 32), (32, 128, 32)),
    "ieee": ((16, 32, 64), (32, 64, 64), (64, 64, 64)),
}
"""The same of weights that `layer_steps` updates: the fastest first ones of four."""
MOST_STEPS = 1056
"""Programs of `layer_steps`, of a tile but the largest."""
AT_ONCE_LAYERS = 3
"""Layers whose steps are one launch."""
MOST_PROGRAMS = 264
"""Of a tile but the largest: two for each processor of the largest cards."""
LONG, SPLIT, MOST_SHARING = 512, 4, 528
"""A sum of so many products is shared by up to SPLIT programs, as long as there are no more of them than MOST_SHARING in all."""
AT_ONCE = 1024
"""Numbers that one program looks at in one go."""
ROWS, COLUMNS = 2, 16
"""Of D's last layer, that one program works on."""


class Plan(NamedTuple):
    """How products (m, k) @ (k, n) are divided among programs."""

    tile: Tile
    grid: tuple[int, int]
    """Of tiles, down and across, of each product."""
    sharing: int = 1
    """Programs that share each tile."""

    @classmethod
    def of(cls, m: int, n: int, k: int, tiles: Sequence[Tile], networks: int = 1) -> Self:
        """Small tiles, so that there are enough for a whole GPU; larger ones where there are too many of these. `k` = 0: none is shared.

        tiles: to choose from, the smallest first. networks: of which each wants such a product.
        """
        for tile in tiles:
            grid = math.ceil(m / tile[0]), math.ceil(n / tile[1])
            programs = math.prod(grid) * networks
            if programs <= MOST_PROGRAMS:
                break
        sharing = SPLIT if tile == tiles[0] and k >= LONG else 1
        while sharing > 1 and programs * sharing > MOST_SHARING:
            sharing //= 2
        return cls(tile, grid, sharing)


def step_plan(shapes: Sequence[Sequence[int]], tiles: Sequence[Tile], one_column: bool, networks: int = 1) -> tuple[Tile, int]:
    """The tile that each program of `layer_steps` makes of a weight, and how many programs there are for each network.

    shapes: of the weights, (inputs, outputs). one_column: the last layer has one output; each program has COLUMNS of its weights. tiles,
    networks: as for `Plan.of`.
    """
    whole, last = (shapes[:-1], shapes[-1:]) if one_column else (shapes, [])
    for tile in tiles:
        count = sum(math.ceil(m / tile[0]) * math.ceil(n / tile[1]) for m, n in whole) + sum(math.ceil(m / COLUMNS) for m, _ in last)
        if count * networks <= MOST_STEPS:
            break
    return tile, count
