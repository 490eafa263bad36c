#pragma once
#include "host/data/metric_fit.h"

namespace edgesweep {

/// The same as the rule says it: every point against every image for every bandwidth, with the C
/// library's exponential. The oracle of the tests.
MetricFit fit_metric_plain(const std::vector<double>& entropy, const std::vector<double>& reward);

}  // namespace edgesweep
