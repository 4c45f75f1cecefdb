"""Detectors to compare with: two plain rules and three of the literature, all alerts immediate.

Each judges the total of every country and figure, then the series of the countries whose total is
quiet in that version, so that one change is reported once where possible. No version looks ahead.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
import polars as pl

from benchmarks.alert_evaluation.ecod import ecod
from benchmarks.alert_evaluation.series import Levels, Shown, alerts_at, shown
from benchmarks.alert_evaluation.trees import Tree

Detector = Callable[[np.ndarray], np.ndarray]
"""Returns in which versions it raises an alert, as booleans, from levels: series x versions."""
C2_BASELINE: Final = 7
C2_GUARD: Final = 2
C2_LIMIT: Final = 3.0
Z_HISTORY: Final = 8
Z_LIMIT: Final = 3.5
ECOD_SHARE: Final = 0.01
MAD_TO_SD: Final = 1.4826


def any_fall(levels: np.ndarray) -> np.ndarray:
    """Flag every version whose figure is lower than in the version before, or gone."""
    return _change(levels) < 0


def large_fall(levels: np.ndarray) -> np.ndarray:
    """Flag falls of at least 20 % and at least 100,000."""
    change = _change(levels)
    return (change <= -100_000) & (change <= -0.2 * np.abs(_before(levels)))


def ears_c2(levels: np.ndarray) -> np.ndarray:
    """Flag increments more than three standard deviations from the mean of seven before.

    EARS C2 (Hutwagner et al. 2003, J Urban Health 80, i89): baseline of seven, guard band of two.
    Ours is two-sided, because falls matter; a standard deviation below one counts as one.
    """
    change, flags = _change(levels), np.zeros(levels.shape, dtype=bool)
    for at in range(C2_BASELINE + C2_GUARD + 1, levels.shape[1]):
        base = change[:, at - C2_GUARD - C2_BASELINE : at - C2_GUARD]
        spread = np.maximum(base.std(axis=1, ddof=1), 1.0)
        flags[:, at] = np.abs(change[:, at] - base.mean(axis=1)) > C2_LIMIT * spread
    return flags


def robust_z(levels: np.ndarray) -> np.ndarray:
    """Flag increments more than 3.5 robust standard deviations from the median of all before.

    Iglewicz & Hoaglin 1993: the median absolute deviation times 1.4826 is the standard deviation.
    At least eight increments; a deviation below one counts as one.
    """
    change, flags = _change(levels), np.zeros(levels.shape, dtype=bool)
    for at in range(Z_HISTORY + 1, levels.shape[1]):
        known = change[:, 1:at]
        middle = np.median(known, axis=1)
        spread = MAD_TO_SD * np.median(np.abs(known - middle[:, None]), axis=1)
        flags[:, at] = np.abs(change[:, at] - middle) > Z_LIMIT * np.maximum(spread, 1.0)
    return flags


def by_ecod(levels: np.ndarray) -> np.ndarray:
    """Flag the series among the most unusual hundredth of all increments up to a version.

    Two features: the change as a share of the larger figure, and the change of that change.
    """
    change, size = _change(levels), np.fmax(np.abs(levels), np.abs(_before(levels)))
    share = np.nan_to_num(np.divide(change, size, out=np.zeros_like(size), where=size > 0))
    features = np.stack([share, np.diff(share, axis=1, prepend=0.0)], axis=-1)
    flags = np.zeros(share.shape, dtype=bool)
    for at in range(Z_HISTORY, share.shape[1]):
        score = ecod(features[:, 1 : at + 1].reshape(-1, 2))
        now = score.reshape(len(levels), -1)[:, -1]
        flags[:, at] = now > np.quantile(score, 1 - ECOD_SHARE)
    return flags


BASELINES: Final[Mapping[str, Detector]] = {
    "any fall": any_fall,
    "fall of 20 % and 100,000": large_fall,
    "EARS C2": ears_c2,
    "robust z": robust_z,
    "ECOD": by_ecod,
}


def judged(tree: Tree, name: str, figures: Shown | None = None) -> pl.DataFrame:
    """Return the alerts of one of BASELINES about a tree; `figures`: as `shown`, if at hand."""
    figures = figures or shown(tree)
    return alerts_at(tree, name, _flagged(figures, BASELINES[name]))


def _flagged(figures: Shown, detector: Detector) -> Iterator[tuple[str, str, int]]:
    countries = _by_name(figures.countries, detector)
    for (key, figure), flags in countries.items():
        yield from ((key, figure, int(at)) for at in np.flatnonzero(flags))
    if len(figures.series) == len(figures.countries):  # every country is one series
        return
    for (key, figure), flags in _by_name(figures.series, detector).items():
        quiet = ~countries[figures.country_of[key], figure]
        yield from ((key, figure, int(at)) for at in np.flatnonzero(flags & quiet))


def _by_name(levels: Levels, detector: Detector) -> dict[tuple[str, str], np.ndarray]:
    return dict(zip(levels, detector(np.array(list(levels.values()))), strict=True))


def _before(levels: np.ndarray) -> np.ndarray:
    """Return the figures in the version before; 0 where none was shown."""
    return np.pad(np.nan_to_num(levels[:, :-1]), ((0, 0), (1, 0)))


def _change(levels: np.ndarray) -> np.ndarray:
    """Return the change since the version before; an absent figure counts as 0."""
    change = np.nan_to_num(levels) - _before(levels)
    change[:, 0] = 0.0
    return change
