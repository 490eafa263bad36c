#include "tests/reference/reference_search.h"

#include "host/policy/token_bucket.h"

namespace edgesweep {

SearchOutcome search_fleets_plainly(const SearchProblem& problem, const FleetSimulator& simulate) {
  SearchOutcome outcome;
  for (const SearchSwitch& searched : problem.switches) {
    std::vector<SearchPoint> points;
    for (const double rate : problem.rates)
      for (const double depth : problem.depths) {
        if (!holds_share(rate, depth, searched.rate, searched.depth)) continue;
        FleetRequest request;
        request.source = &problem.source;
        request.size = problem.size;
        request.policies = {problem.policy(*make_token_bucket(rate, depth))};
        request.switches = {searched.at_switch};
        const double slots = static_cast<double>(problem.size.sequences) *
                             static_cast<double>(problem.size.images) * searched.at_switch.cameras;
        double reward = 0;
        for (const FleetSums& sums : simulate(request).sums) reward += sums.reward;
        points.push_back({rate, depth, reward / slots});
      }
    outcome.points.push_back(std::move(points));
  }
  return outcome;
}

}  // namespace edgesweep
