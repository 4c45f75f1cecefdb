"""ECOD: how unusual rows are, from the empirical tails of each column."""

import numpy as np


def ecod(rows: np.ndarray) -> np.ndarray:
    """Return the outlier score of each row (rows x columns): the larger, the more unusual.

    Li et al. 2022, "ECOD: Unsupervised Outlier Detection Using Empirical Cumulative Distribution
    Functions", IEEE TKDE (arXiv 2201.00382), algorithm 1: by column the empirical probabilities of
    the left and right tails, the one that the column's skewness points to, and the largest of the
    three sums of negative logarithms. Written from the formulas; no library of it is required.
    """
    count = len(rows)
    ordered = np.sort(rows, axis=0)
    left, right = np.empty(rows.shape), np.empty(rows.shape)
    for column in range(rows.shape[1]):
        values, known = rows[:, column], ordered[:, column]
        left[:, column] = np.searchsorted(known, values, side="right") / count
        right[:, column] = (count - np.searchsorted(known, values, side="left")) / count
    left, right = -np.log(left), -np.log(right)
    centred = rows - rows.mean(axis=0)
    skewness = (centred**3).mean(axis=0)  # its sign is all that counts
    chosen = np.where(skewness < 0, left, right)
    return np.max([left.sum(axis=1), right.sum(axis=1), chosen.sum(axis=1)], axis=0)
