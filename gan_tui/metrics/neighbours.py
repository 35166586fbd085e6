"""Distances between two sets of points, a few rows at a time."""

from collections.abc import Iterator

import torch
from torch import Tensor

CELLS = 8_000_000
"""Distances held at once: 32 MB."""


def squared_distances(points: Tensor, among: Tensor) -> Iterator[tuple[int, Tensor]]:
    """(first row, squared Euclidean distances, float32 (rows, M)), until every one of the points had its row.

    Points are float (N, d), `among` is (M, d). As |a|^2 + |b|^2 - 2 a.b about the common mean, which is a matrix product; where points
    nearly coincide its rounding leaves errors of about 1e-6 times their squared distance from that mean.
    """
    centre = among.mean(0)
    points, among = points - centre, among - centre
    lengths = among.square().sum(1)
    rows = max(1, CELLS // max(1, len(among)))
    for first in range(0, len(points), rows):
        some = points[first : first + rows]
        cross = torch.addmm(lengths, some, among.T, alpha=-2)
        yield first, cross.add_(some.square().sum(1, keepdim=True)).clamp_(min=0)


def two_nearest(points: Tensor, among: Tensor) -> Tensor:
    """The indices in `among`, float (M, d), M >= 2, of the two points nearest to each of `points`, float (N, d): int64 (N, 2)."""
    found = []
    for _, distances in squared_distances(points, among):
        first = distances.argmin(1, keepdim=True)
        second = distances.scatter_(1, first, torch.inf).argmin(1, keepdim=True)
        found.append(torch.cat([first, second], 1))
    return torch.cat(found)
