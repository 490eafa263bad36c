#pragma once
#include "host/results/published/comparison.h"

namespace edgesweep {

/// Fills `lines` and `absent_figures` from `points`.
void add_lines(Comparison& comparison);

/// "panel a, b 2": where a point lies in its figure.
std::string place_text(const PublishedLoss& published);

}  // namespace edgesweep
