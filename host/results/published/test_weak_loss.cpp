#include "host/results/published/test_weak_loss.h"

#include <filesystem>

#include "host/config/settings_json.h"
#include "host/data/dataset.h"
#include "host/error.h"
#include "host/results/policies.h"

namespace edgesweep {
namespace {

double from_dataset(const StoredSweep& sweep, const std::string& path) {
  const std::shared_ptr<const Dataset> dataset = load_dataset(path);
  if (sweep.dataset_sha256.find(dataset->sha256) == std::string::npos)
    throw InputError(path, "", "another dataset than the results'",
                     "the one with SHA-256 " + sweep.dataset_sha256.substr(0, 12) +
                         "..., or results with the policy weak");
  return dataset->test.mean_weak_cost;
}

}  // namespace

double TestWeakLoss::of(const StoredRun& run) {
  if (const PolicyResult* weak = find_policy(run.result, Policy::weak)) return weak->loss;
  const std::filesystem::path folder = std::filesystem::path(sweep_.config_path).parent_path();
  const std::string path = settings_from_json(Json::parse(run.resolved_json), folder).dataset;
  const auto entry = known_.find(path);
  if (entry != known_.end()) return entry->second;
  return known_.emplace(path, from_dataset(sweep_, path)).first->second;
}

}  // namespace edgesweep
