#include "host/policy/gap_law.h"

#include <algorithm>
#include <string>

#include "host/error.h"

namespace edgesweep {

GapLaw periodic_gaps() { return {{1.0}, 1.0}; }

GapLaw markov_modulated_gaps(const ArrivalSettings& settings) {
  const ArrivalChain chain = markov_modulated_chain(settings);
  GapLaw law;
  for (size_t state = 0; state < 2; ++state) {
    for (const ArrivalChain::Step& step : chain.steps[state]) {
      const size_t gap = static_cast<size_t>(step.gap);
      if (law.probability.size() < gap) law.probability.resize(gap, 0.0);
      law.probability[gap - 1] += chain.stationary[state] * step.probability;
    }
  }
  // From the long gaps, which are the rare ones, to the short: the small terms are not lost.
  double total = 0;
  for (size_t gap = law.probability.size(); gap > 0; --gap) total += law.probability[gap - 1];
  for (size_t gap = law.probability.size(); gap > 0; --gap) {
    law.probability[gap - 1] /= total;
    law.mean += static_cast<double>(gap) * law.probability[gap - 1];
  }
  return law;
}

GapLaw gap_frequencies(const ReplayTable& gaps) {
  if (gaps.values.empty()) throw InputError("", "gap", "no gaps", "at least one");
  std::vector<int64_t> count;
  int64_t sum = 0;
  for (const int32_t gap : gaps.values) {
    if (gap < 1) throw InputError("", "gap", std::to_string(gap), "gaps of at least 1");
    const size_t entry = static_cast<size_t>(std::min(gap, kLargestGap)) - 1;
    if (count.size() <= entry) count.resize(entry + 1, 0);
    ++count[entry];
    sum += gap;
  }
  const double images = static_cast<double>(gaps.values.size());
  GapLaw law;
  law.probability.reserve(count.size());
  for (const int64_t times : count) law.probability.push_back(static_cast<double>(times) / images);
  law.mean = static_cast<double>(sum) / images;
  return law;
}

}  // namespace edgesweep
