"""The statistics of docs/model-exactness.md in plain Python."""

import numpy as np

from random_numbers import BOOTSTRAP, philox, uniform_below

RESAMPLES = 2000


def interquartile_mean(values):
    dropped = len(values) // 4
    return np.mean(np.sort(values)[dropped : len(values) - dropped])


def improvement(challenger, defender):
    """Share of pairs in which the challenger is lower, ties half."""
    return np.mean([(c < d) + 0.5 * (c == d) for c in challenger for d in defender])


def resample(values, stratum, number):
    drawn = []
    for draw in range(len(values)):
        word = philox(0, (number, stratum, draw // 4, BOOTSTRAP))[draw % 4]
        drawn.append(values[uniform_below(word, len(values))])
    return drawn


def interval(strata, statistic):
    """95 % bootstrap interval of statistic(stratum, ...)."""
    values = sorted(statistic(*(resample(s, i, number) for i, s in enumerate(strata))) for number in range(RESAMPLES))
    return values[49], values[-50]
