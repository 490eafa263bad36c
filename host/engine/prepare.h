#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "host/engine/problem.h"
#include "host/policy/expected_reward.h"
#include "host/policy/mdp.h"

namespace edgesweep {

/// The files that runs read, each loaded once and shared. Safe to use from several threads.
class InputCache {
 public:
  std::shared_ptr<const Dataset> dataset(const std::string& path);
  /// The run's, normalised as it asks, as its rules and training_deviation make it.
  std::shared_ptr<const Dataset> dataset(const RunSettings& settings);
  /// That with the training images' rewards smoothed as well (see smoothed_rewards).
  std::shared_ptr<const Dataset> training_dataset(const RunSettings& settings);
  /// What the smoothed rewards promise for its training and test images.
  ExpectedRewards expected_rewards(const RunSettings& settings);
  std::shared_ptr<const ReplayTable> index_replay(const std::string& path, int64_t image_count);
  std::shared_ptr<const ReplayTable> gap_replay(const std::string& path);

  /// The solution of a run's MDP, found by the first run that asks. The key names all that it
  /// depends on.
  struct MdpKey {
    std::string dataset;
    std::optional<MetricScale> metric_scale;
    Rules rules;
    double training_deviation;
    int32_t refill, cost, capacity;
    double discount;
    MdpSettings::Stop stop;
    std::vector<double> gap_probability;
    auto operator<=>(const MdpKey&) const = default;
  };
  const MdpSolution& mdp(const MdpKey& key, const std::function<MdpSolution()>& solve);

  /// What a search for `hierarchical` found, kept and asked for by a text that names all it depends
  /// on (host/engine/fleet_runs.h). Throws std::logic_error when it was not kept.
  void keep_search(const std::string& key, std::vector<SearchPoint> points);
  bool has_search(const std::string& key);
  std::vector<SearchPoint> search(const std::string& key);

 private:
  struct MdpEntry {
    std::once_flag once;
    MdpSolution solution;
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Dataset>> datasets_;
  /// By dataset and dqn.reward_smoothing.
  std::map<std::pair<std::shared_ptr<const Dataset>, double>, std::shared_ptr<const Dataset>>
      smoothed_;
  std::map<std::shared_ptr<const Dataset>, ExpectedRewards> expected_;
  std::map<std::pair<std::string, int64_t>, std::shared_ptr<const ReplayTable>> indices_;
  std::map<std::string, std::shared_ptr<const ReplayTable>> gaps_;
  std::map<MdpKey, MdpEntry> mdps_;
  using Variant = std::tuple<std::string, std::optional<MetricScale>, Rules, double>;
  std::map<Variant, std::shared_ptr<const Dataset>> variants_;
  std::map<std::string, std::vector<SearchPoint>> searches_;
};

/// Loads what the run reads and checks that it fits: replayed tables large enough for the
/// simulations, agreeing shapes. Throws InputError. Cheap once the files are in the cache.
void check_run_inputs(const RunSettings& settings, InputCache& inputs);

/// The setting that names a file which the run reads, its name in RunSpec::columns, and the path.
struct InputFileName {
  const char* column;
  const std::string* path;
};
/// `settings` outlives the answer.
std::vector<InputFileName> input_files(const RunSettings& settings);

/// Resolves settings to bucket, laws, thresholds (the MDP is solved here) and sources.
RunProblem prepare_run(const std::string& id, const RunSettings& settings, InputCache& inputs);

/// Thresholds of the optimal policy for a bucket under the run's settings, and the sweeps it took.
/// Solved by the first run that asks.
const MdpSolution& mdp_of(const RunSettings& settings, const TokenBucket& bucket,
                          InputCache& inputs);

/// Sequences of training images for a purpose of their own.
SequenceSource training_source(const RunSettings& settings, Purpose purpose, InputCache& inputs);

/// The integer bucket of a run. Throws InputError when rate and depth have none.
TokenBucket bucket_of(const RunSettings& settings);

}  // namespace edgesweep
