#pragma once
#include <cstdint>

#include "host/config/settings.h"

namespace edgesweep {

/// Learning rate of Q iteration `iteration` (0-based) under the schedule; 0 past its end. In a
/// phase of k iterations that goes from a to b, iteration i is at x = (i + 1/2) / k: a + (b - a) x,
/// or b + (a - b) half_cosine(x).
double learning_rate_at(const DqnSettings& dqn, int64_t iteration);

/// (1 + cos(pi x)) / 2 for 0 <= x <= 1: falls from 1 to 0. Sums and products in a fixed order
/// instead of a library's cosine, so every machine gets the same bits; within 1e-15 of it.
double half_cosine(double x);

}  // namespace edgesweep
