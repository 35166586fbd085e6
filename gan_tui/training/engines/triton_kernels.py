"""The GPU kernels of an MLP's training step, in Triton (https://triton-lang.org), which torch brings along on Linux.

A small product takes a GPU no longer than the launch of a kernel. So what stands beside a product is done by the kernel of the product:
bias and non-linearity on the way forward, its gradient on the way back, and the sum for the bias beside the weight's gradient.
`training/engines/triton_mlp.py` puts them together; the twin of each is there what `flat_mlp.py` does in torch.

One launch serves as many networks of one shape as there are side by side: the last axis of the grid says which one a program works for.
`x_next`: how far it is from one network's `x` to the next one's, 0 for a single one.

Triton builds a kernel for each alignment of what it is given. Logits and lengths, which are few and lie at another place in each step, are
not specialized; images and latents are, for the speed of products. So a block runs once before it is captured (see graph.py).
"""

import triton
import triton.language as tl

NOTHING = tl.constexpr(0)
LEAKY_RELU = tl.constexpr(1)
TANH = tl.constexpr(2)
LEAKY_RELU_BACK = tl.constexpr(3)
TANH_BACK = tl.constexpr(4)
WEIGHTS = tl.constexpr(5)


@triton.jit
def tf32(x):
    """x to the ten bits of mantissa that tensor cores read."""
    return ((x.to(tl.int32, bitcast=True) + 0x1000) & -0x2000).to(tl.float32, bitcast=True)


@triton.jit
def sum_of_products(
    a, b, row, column, first, end, m_size, n_size, k_size, a_m, a_k, b_k, b_n,
    SUM: tl.constexpr, PRECISION: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """The block (row, column) of a @ b, of the products `first` to `end` alone; and with SUM the sums of b over k, (BLOCK_N,).

    "tf32x3" has three sums: one product in tf32 waits for the one before it in the same sum, and that is what most of the time went to.
    """
    total = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    low_high, high_low = tl.zeros((BLOCK_M, BLOCK_N), tl.float32), tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    column_sums = tl.zeros((BLOCK_N,), tl.float32)
    for start in range(first, end, BLOCK_K):
        inner = start + tl.arange(0, BLOCK_K)
        a_inside = (row[:, None] < m_size) & (inner[None, :] < k_size)
        b_inside = (inner[:, None] < k_size) & (column[None, :] < n_size)
        left = tl.load(a + row[:, None] * a_m + inner[None, :] * a_k, mask=a_inside, other=0.0)
        right = tl.load(b + inner[:, None] * b_k + column[None, :] * b_n, mask=b_inside, other=0.0)
        if PRECISION == "tf32x3":
            left_high, right_high = tf32(left), tf32(right)
            low_high = tl.dot(left - left_high, right_high, low_high, input_precision="tf32")
            high_low = tl.dot(left_high, right - right_high, high_low, input_precision="tf32")
            total = tl.dot(left_high, right_high, total, input_precision="tf32")
        else:
            total = tl.dot(left, right, total, input_precision=PRECISION)
        if SUM:
            column_sums += tl.sum(right.to(tl.float32), 0)
    return total + (low_high + high_low), column_sums


@triton.jit
def product(
    a, b, c, bias, outputs, sums, pieces, arrived, m_size, n_size, k_size, a_m, a_k, b_k, b_n,
    a_next, b_next, c_next, bias_next, outputs_next, sums_next, slope,
    CLOSING: tl.constexpr, BIAS: tl.constexpr, ADD: tl.constexpr, SUM: tl.constexpr, SPLIT: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """c (m, n) = closing(a (m, k) @ b (k, n) + bias), or with ADD c += a @ b. a and b have strides, c and `outputs` are contiguous.

    `outputs`: for the gradient of a non-linearity, what that gave on the way forward, (m, n); for WEIGHTS what each row counts, (m,).
    `sums`: with SUM the sum of b over k, (n,); with WEIGHTS that of c * c / weight over each block, (blocks,).
    SPLIT programs share the sum over k of a block; the last one that is done adds theirs up, always in the same order. `pieces`:
    (networks, blocks, SPLIT, BLOCK_M, BLOCK_N). `arrived`: int32 (networks, blocks), all 0 before and after.
    """
    network, part = (tl.program_id(2) // SPLIT).to(tl.int64), tl.program_id(2) % SPLIT
    a += network * a_next
    b += network * b_next
    c += network * c_next
    row = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    column = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    block = (network * tl.num_programs(0) + tl.program_id(0)) * tl.num_programs(1) + tl.program_id(1)
    share = tl.cdiv(tl.cdiv(k_size, BLOCK_K), SPLIT) * BLOCK_K
    total, column_sums = sum_of_products(
        a, b, row, column, part * share, tl.minimum(part * share + share, k_size), m_size, n_size, k_size, a_m, a_k, b_k, b_n,
        SUM, PRECISION, BLOCK_M, BLOCK_N, BLOCK_K,
    )  # fmt: skip
    rows = m_size
    if SPLIT > 1:
        within = tl.arange(0, BLOCK_M)[:, None] * BLOCK_N + tl.arange(0, BLOCK_N)[None, :]
        its = pieces + block * SPLIT * BLOCK_M * BLOCK_N + within
        tl.store(its + part * BLOCK_M * BLOCK_N, total)
        tl.debug_barrier()  # all threads have stored, before one of them says so
        last = tl.atomic_add(arrived + block, 1) == SPLIT - 1
        if last:
            total = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
            for piece in range(SPLIT):
                total += tl.load(its + piece * BLOCK_M * BLOCK_N, cache_modifier=".cg")
            tl.store(arrived + block, 0)
        rows = m_size * last.to(tl.int32)  # the others have nothing to write
    inside = (row[:, None] < rows) & (column[None, :] < n_size)
    place = row[:, None] * n_size + column[None, :]
    if BIAS:
        total += tl.load(bias + network * bias_next + column, mask=column < n_size, other=0.0).to(tl.float32)[None, :]
    if CLOSING == LEAKY_RELU:
        total = tl.where(total > 0, total, total * slope)
    if CLOSING == TANH:
        total = 2 * tl.sigmoid(2 * total) - 1
    if CLOSING == LEAKY_RELU_BACK:
        gave = tl.load(outputs + network * outputs_next + place, mask=inside, other=0.0).to(tl.float32)
        total = tl.where(gave > 0, total, total * slope)
    if CLOSING == TANH_BACK:
        gave = tl.load(outputs + network * outputs_next + place, mask=inside, other=0.0).to(tl.float32)
        total *= 1 - gave * gave
    if CLOSING == WEIGHTS:
        counts = tl.load(outputs + network * outputs_next + row, mask=row < m_size, other=0.0).to(tl.float32)[:, None]
        tl.store(sums + block, tl.sum(total * total * counts))
        total *= counts
    if ADD:
        total += tl.load(c + place, mask=inside, other=0.0)
    tl.store(c + place, total, mask=inside)
    if SUM:
        if tl.program_id(0) == 0:
            tl.store(sums + network * sums_next + column, column_sums, mask=column < n_size)


@triton.jit
def gradients_of(first, second, size, NAME: tl.constexpr, FOR_D: tl.constexpr):
    """A loss's gradients by logits of real images and of generated ones; or for G of generated ones and, where it sees them, real ones."""
    if FOR_D:
        if NAME == "relativistic":
            of_second = tl.sigmoid(second - first)
            of_first = -of_second
        elif NAME == "hinge":
            of_first = -(first < 1).to(tl.float32)
            of_second = (second > -1).to(tl.float32)
        elif NAME == "wasserstein":
            of_first = tl.zeros_like(first) - 1
            of_second = tl.zeros_like(first) + 1
        else:
            of_first = tl.sigmoid(first) - 1
            of_second = tl.sigmoid(second)
    else:
        of_second = first  # nobody asks for it
        if NAME == "relativistic":
            of_first = -tl.sigmoid(second - first)
        elif NAME == "non-saturating":
            of_first = tl.sigmoid(first) - 1
        elif NAME == "saturating":
            of_first = -tl.sigmoid(first)
        else:
            of_first = tl.zeros_like(first) - 1
    return of_first / size, of_second / size


@triton.jit(do_not_specialize=["logits", "zero"])
def last_layer(
    x, weight, bias, logits, gradient, before, zero, state, size, k_size,
    x_next, weight_next, logits_next, gradient_next, before_next, zero_next, slope,
    NAME: tl.constexpr, FOR_D: tl.constexpr, PAIRS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """D's last layer, of one output, a loss's gradient by its logits, and that before the layer and the LeakyReLU in front of it.

    x: what the LeakyReLU gave, (m, k). For D, m = 2 size, the real images first; for G the `size` generated ones, and with PAIRS as many
    real ones behind them. logits: (m,). gradient, before: (m,) and (m, k); for G of the generated ones alone, (size,) and (size, k).
    `zero` becomes NaN where a logit is not finite. `state`, as `adam` has it, of who learns from this: what was the new number is the
    old one.
    """
    network = tl.program_id(1).to(tl.int64)
    if tl.program_id(0) == 0:
        tl.store(state + 2 * network, tl.load(state + 2 * network + 1))
    x += network * x_next
    weight += network * weight_next
    bias += network * weight_next
    logits += network * logits_next
    gradient += network * gradient_next
    before += network * before_next
    row = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    first, second = tl.zeros((BLOCK_M,), tl.float32), tl.zeros((BLOCK_M,), tl.float32)
    for start in range(0, k_size, BLOCK_K):
        inner = start + tl.arange(0, BLOCK_K)
        place, inside = row[:, None] * k_size + inner[None, :], (row[:, None] < size) & (inner[None, :] < k_size)
        its_weight = tl.load(weight + inner, mask=inner < k_size, other=0.0).to(tl.float32)[None, :]
        first += tl.sum(tl.load(x + place, mask=inside, other=0.0).to(tl.float32) * its_weight, 1)
        if PAIRS:
            second += tl.sum(tl.load(x + size * k_size + place, mask=inside, other=0.0).to(tl.float32) * its_weight, 1)
    its_bias = tl.load(bias).to(tl.float32)
    first += its_bias
    second += its_bias
    tl.store(logits + row, first, mask=row < size)
    if PAIRS:
        tl.store(logits + size + row, second, mask=row < size)
    if tl.sum(((first - first != 0) | (second - second != 0)).to(tl.int32)) > 0:
        tl.store(zero + network * zero_next, float("nan"))
    of_first, of_second = gradients_of(first, second, size, NAME, FOR_D)
    tl.store(gradient + row, of_first, mask=row < size)
    if FOR_D:
        tl.store(gradient + size + row, of_second, mask=row < size)
    for start in range(0, k_size, BLOCK_K):
        inner = start + tl.arange(0, BLOCK_K)
        place, inside = row[:, None] * k_size + inner[None, :], (row[:, None] < size) & (inner[None, :] < k_size)
        its_weight = tl.load(weight + inner, mask=inner < k_size, other=0.0).to(tl.float32)[None, :]
        back, gave = of_first[:, None] * its_weight, tl.load(x + place, mask=inside, other=0.0).to(tl.float32)
        tl.store(before + place, tl.where(gave > 0, back, back * slope), mask=inside)
        if FOR_D:
            back, gave = of_second[:, None] * its_weight, tl.load(x + size * k_size + place, mask=inside, other=0.0).to(tl.float32)
            tl.store(before + size * k_size + place, tl.where(gave > 0, back, back * slope), mask=inside)


@triton.jit
def one_column_back(
    gradient, weight, outputs, result, m_size, k_size, gradient_next, weight_next, outputs_next, result_next, slope,
    BLOCK_M: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Back through a layer of one output and the LeakyReLU before it, which gave `outputs` (m, k): `result` (m, k). gradient: (m,)."""
    network = tl.program_id(2).to(tl.int64)
    gradient += network * gradient_next
    weight += network * weight_next
    outputs += network * outputs_next
    result += network * result_next
    row = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    column = tl.program_id(1) * BLOCK_K + tl.arange(0, BLOCK_K)
    place, inside = row[:, None] * k_size + column[None, :], (row[:, None] < m_size) & (column[None, :] < k_size)
    behind = tl.load(gradient + row, mask=row < m_size, other=0.0).to(tl.float32)
    before = behind[:, None] * tl.load(weight + column, mask=column < k_size, other=0.0).to(tl.float32)[None, :]
    gave = tl.load(outputs + place, mask=inside, other=0.0).to(tl.float32)
    tl.store(result + place, tl.where(gave > 0, before, before * slope), mask=inside)


@triton.jit
def one_column_sums(x, gradient, column, m_size, k_size, BLOCK_M: tl.constexpr, BLOCK_K: tl.constexpr):
    """The gradients of a layer of one output: of its weight at `column`, (BLOCK_K,), and of its bias. x: (m, k). gradient: (m,)."""
    total = tl.zeros((BLOCK_K,), tl.float32)
    bias_total = tl.zeros((BLOCK_M,), tl.float32)
    for start in range(0, m_size, BLOCK_M):
        row = start + tl.arange(0, BLOCK_M)
        inside = (row[:, None] < m_size) & (column[None, :] < k_size)
        behind = tl.load(gradient + row, mask=row < m_size, other=0.0).to(tl.float32)
        values = tl.load(x + row[:, None] * k_size + column[None, :], mask=inside, other=0.0).to(tl.float32)
        total += tl.sum(values * behind[:, None], 0)
        bias_total += behind
    return total, tl.sum(bias_total)


@triton.jit
def one_column_gradients(
    x, gradient, weight_gradient, bias_gradient, m_size, k_size, x_next, gradient_next, weight_next,
    BLOCK_M: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """The gradients of a layer of one output: of its weight, (k,), and of its bias, (1,). x: its input, (m, k). gradient: (m,)."""
    network = tl.program_id(1).to(tl.int64)
    column = tl.program_id(0) * BLOCK_K + tl.arange(0, BLOCK_K)
    of_weight, of_bias = one_column_sums(x + network * x_next, gradient + network * gradient_next, column, m_size, k_size, BLOCK_M, BLOCK_K)
    tl.store(weight_gradient + network * weight_next + column, of_weight, mask=column < k_size)
    if tl.program_id(0) == 0:
        tl.store(bias_gradient + network * weight_next, of_bias)
