"""The GPU kernels of Adam's step, in Triton: on flat buffers of gradients, or where those are made. See triton_kernels.py."""

import triton
import triton.language as tl

from gan_tui.training.engines.triton_kernels import one_column_sums, sum_of_products


@triton.jit(do_not_specialize=["logits"])
def finite(logits, zero, state, size, logits_next, BLOCK: tl.constexpr):
    """`zero`: 0, or NaN where one of `size` logits is not finite. `state`, as `adam` has it: what was the new number is the old one."""
    network = tl.program_id(0).to(tl.int64)
    logits += network * logits_next
    zero += network
    state += 2 * network
    tl.store(state, tl.load(state + 1))
    bad = tl.zeros((BLOCK,), tl.int32)
    for start in range(0, size, BLOCK):
        place = start + tl.arange(0, BLOCK)
        value = tl.load(logits + place, mask=place < size, other=0.0).to(tl.float32)
        bad += (value - value != 0).to(tl.int32)
    tl.store(zero, tl.where(tl.sum(bad) > 0, float("nan"), 0.0))


@triton.jit
def bias_correction(steps, log_beta):
    """1 - beta ** steps, to the last digit also where that is little: then by the series of exp."""
    x = steps * log_beta
    series = -x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7))))))
    return tl.where(x > -0.5, series, 1 - tl.exp(x))


@triton.jit
def update(
    weights, mean, square, rounded, average, place, inside, weight, m, v, gradient, taken, steps, rate, pull, betas, eps,
    ROUND: tl.constexpr, AVERAGE: tl.constexpr,
):  # fmt: skip
    """One Adam step of the weights at `place`, whose value, mean and square are there already, if it is `taken`; a rounded copy of them,
    and an average that follows.

    steps: Adam's, with this one. pull, betas: on the device; of both betas 1 - beta, beta and its logarithm, (2, 3).
    """
    if taken:
        rest1, log_beta1 = tl.load(betas), tl.load(betas + 2)
        rest2, beta2, log_beta2 = tl.load(betas + 3), tl.load(betas + 4), tl.load(betas + 5)
        m += rest1 * (gradient - m)
        v = beta2 * v + rest2 * gradient * gradient
        tl.store(mean + place, m, mask=inside)
        tl.store(square + place, v, mask=inside)
        bound = tl.sqrt(v) / tl.sqrt(bias_correction(steps, log_beta2)) + eps
        weight -= rate / bias_correction(steps, log_beta1) * m / bound
        tl.store(weights + place, weight, mask=inside)
        if ROUND:
            tl.store(rounded + place, weight, mask=inside)
    if AVERAGE:
        its = tl.load(average + place, mask=inside, other=0.0)
        tl.store(average + place, its + tl.load(pull) * (weight - its), mask=inside)


@triton.jit
def load_and_update(
    weights, mean, square, rounded, average, place, inside, gradient, taken, steps, rate, pull, betas, eps,
    ROUND: tl.constexpr, AVERAGE: tl.constexpr,
):  # fmt: skip
    """`update` of weights whose value, mean and square are yet to be loaded."""
    weight = tl.load(weights + place, mask=inside, other=0.0)
    m, v = tl.load(mean + place, mask=inside, other=0.0), tl.load(square + place, mask=inside, other=0.0)
    update(
        weights, mean, square, rounded, average, place, inside, weight, m, v, gradient, taken, steps, rate, pull, betas, eps, ROUND, AVERAGE
    )


@triton.jit(do_not_specialize=["lengths"])
def adam(
    weights, gradients, mean, square, rounded, average, zero, state, lr, pull, betas, lengths, size, lengths_next, eps,
    ROUND: tl.constexpr, AVERAGE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """`update` of flat buffers, left out where `zero` is not 0.

    zero, lr, pull: scalars on the device. betas: see `update`. lengths: the length of each block's gradients, (blocks,). state: Adam's
    steps before this one, and with it: programs that begin late must not read the new number as the old one.
    """
    network = tl.program_id(1).to(tl.int64)
    state += 2 * network
    taken = tl.load(zero + network) == 0
    steps = tl.load(state) + taken.to(tl.float32)
    if tl.program_id(0) == 0:
        tl.store(state + 1, steps)
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = place < size
    place += network * size
    gradient = tl.load(gradients + place, mask=inside, other=0.0)
    tl.store(lengths + network * lengths_next + tl.program_id(0), tl.sqrt(tl.sum(gradient * gradient)))
    load_and_update(
        weights, mean, square, rounded, average, place, inside, gradient, taken, steps, tl.load(lr + network), pull + network,
        betas + 6 * network, eps, ROUND, AVERAGE,
    )  # fmt: skip


@triton.jit
def tile_step(
    x, behind, tile, m_size, n_size, rows, weights, mean, square, rounded, average, first, length, taken, steps, rate, pull, betas, eps,
    ROUND: tl.constexpr, AVERAGE: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Adam's step on number `tile` of a layer's weight (m, n), which begins at `first` with its bias behind it; see `layer_steps`."""
    down, across = tile // tl.cdiv(n_size, BLOCK_N), tile % tl.cdiv(n_size, BLOCK_N)
    row, column = down * BLOCK_M + tl.arange(0, BLOCK_M), across * BLOCK_N + tl.arange(0, BLOCK_N)
    inside, place = (row[:, None] < m_size) & (column[None, :] < n_size), first + row[:, None] * n_size + column[None, :]
    # They are on their way while the gradient is computed.
    weight = tl.load(weights + place, mask=inside, other=0.0)
    m, v = tl.load(mean + place, mask=inside, other=0.0), tl.load(square + place, mask=inside, other=0.0)
    gradient, sums = sum_of_products(
        x, behind, row, column, 0, rows, m_size, n_size, rows, 1, m_size, n_size, 1, True, PRECISION, BLOCK_M, BLOCK_N, BLOCK_K
    )
    update(
        weights, mean, square, rounded, average, place, inside, weight, m, v, gradient, taken, steps, rate, pull, betas, eps, ROUND, AVERAGE
    )
    tl.store(length, tl.sqrt(tl.sum(gradient * gradient) + tl.sum(sums * sums) * (down == 0).to(tl.float32)))
    if down == 0:
        load_and_update(
            weights, mean, square, rounded, average, first + m_size * n_size + column, column < n_size, sums, taken, steps, rate, pull,
            betas, eps, ROUND, AVERAGE,
        )  # fmt: skip


@triton.jit
def column_step(
    x, behind, part, k_size, rows, weights, mean, square, rounded, average, first, length, taken, steps, rate, pull, betas, eps,
    ROUND: tl.constexpr, AVERAGE: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """`tile_step` of a layer of one output, on BLOCK_K of its weights."""
    column = part * BLOCK_K + tl.arange(0, BLOCK_K)
    gradient, of_bias = one_column_sums(x, behind, column, rows, k_size, BLOCK_M, BLOCK_K)
    load_and_update(
        weights, mean, square, rounded, average, first + column, column < k_size, gradient, taken, steps, rate, pull, betas, eps,
        ROUND, AVERAGE,
    )  # fmt: skip
    tl.store(length, tl.sqrt(tl.sum(gradient * gradient) + of_bias * of_bias * (part == 0).to(tl.float32)))
    if part == 0:
        only = tl.arange(0, 1)
        load_and_update(
            weights, mean, square, rounded, average, first + k_size + only, only < 1, of_bias, taken, steps, rate, pull, betas, eps,
            ROUND, AVERAGE,
        )  # fmt: skip


@triton.jit(do_not_specialize=["lengths", "zero"])
def layer_steps(
    x0, x1, x2, behind0, behind1, behind2, x0_next, x1_next, x2_next, behind0_next, behind1_next, behind2_next,
    width0, width1, width2, width3, rows, weights, mean, square, rounded, average, zero, state, lr, pull, betas, lengths,
    size, zero_next, lengths_next, eps,
    ROUND: tl.constexpr, AVERAGE: tl.constexpr, PRECISION: tl.constexpr,
    ONE_COLUMN: tl.constexpr, COLUMNS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Adam's steps on the three layers of an MLP, taken where their gradients are made, which nobody else sees.

    One launch for all, for what comes next waits for all. x, behind: of each layer its input and the gradient of its output, (rows,
    width) and (rows, the next width), contiguous. With ONE_COLUMN the last one has one output. The flat buffers and scalars are those of
    `adam`; there the layers lie one after the other. lengths: of each program's part of the gradient.
    """
    part, network = tl.program_id(0), tl.program_id(1).to(tl.int64)
    length, state, pull, betas = lengths + network * lengths_next + part, state + 2 * network, pull + network, betas + 6 * network
    taken = tl.load(zero + network * zero_next) == 0
    steps, rate = tl.load(state) + taken.to(tl.float32), tl.load(lr + network)
    if part == 0:
        tl.store(state + 1, steps)
    x, behind, m_size, n_size = x0 + network * x0_next, behind0 + network * behind0_next, width0, width1
    first, before = network * size, part * 0  # a number of the program's like the others
    second = tl.cdiv(width0, BLOCK_M) * tl.cdiv(width1, BLOCK_N)
    third = second + tl.cdiv(width1, BLOCK_M) * tl.cdiv(width2, BLOCK_N)
    third_first = first + width0 * width1 + width1 + width1 * width2 + width2
    if part >= second:
        x, behind, m_size, n_size = x1 + network * x1_next, behind1 + network * behind1_next, width1, width2
        first, before = first + width0 * width1 + width1, second
    if ONE_COLUMN:  # of it a product would multiply one column in 32
        if part >= third:
            column_step(
                x2 + network * x2_next, behind2 + network * behind2_next, part - third, width2, rows,
                weights, mean, square, rounded, average, third_first, length, taken, steps, rate, pull, betas, eps,
                ROUND, AVERAGE, 128, COLUMNS,
            )  # fmt: skip
        else:
            tile_step(
                x, behind, part - before, m_size, n_size, rows, weights, mean, square, rounded, average, first, length, taken, steps, rate,
                pull, betas, eps, ROUND, AVERAGE, PRECISION, BLOCK_M, BLOCK_N, BLOCK_K,
            )  # fmt: skip
    else:
        if part >= third:
            x, behind, m_size, n_size = x2 + network * x2_next, behind2 + network * behind2_next, width2, width3
            first, before = third_first, third
        tile_step(
            x, behind, part - before, m_size, n_size, rows, weights, mean, square, rounded, average, first, length, taken, steps, rate,
            pull, betas, eps, ROUND, AVERAGE, PRECISION, BLOCK_M, BLOCK_N, BLOCK_K,
        )  # fmt: skip
