#include "host/compare/test_weak_loss.h"

#include "host/data/dataset.h"
#include "host/results/results_file.h"

namespace edgesweep {

double TestWeakLoss::of(const StoredRun& run) {
  if (const PolicyResult* weak = find_policy(run.result, Policy::weak)) return weak->loss;
  const std::string path = inputs_.settings_of(run).dataset;
  const auto entry = known_.find(path);
  if (entry != known_.end()) return entry->second;
  return known_.emplace(path, load_dataset(path)->test.mean_weak_cost).first->second;
}

}  // namespace edgesweep
