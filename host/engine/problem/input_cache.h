#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/engine/problem/keys.h"
#include "host/engine/problem/problem.h"
#include "host/policy/mdp.h"
#include "host/policy/reward_scale.h"
#include "host/policy/rewards.h"

namespace edgesweep {

/// The files that runs read, each loaded once and shared. Safe to use from several threads.
class InputCache {
 public:
  std::shared_ptr<const Dataset> dataset(const std::string& path);
  /// The run's, normalised as it asks, as its rules and training_deviation make it.
  std::shared_ptr<const Dataset> dataset(const RunSettings& settings);
  /// That with the training images' rewards smoothed as well (see smoothed_rewards).
  std::shared_ptr<const Dataset> smoothed_dataset(const RunSettings& settings);
  /// What a network is trained on: that with these rewards times reward_factor.
  std::shared_ptr<const Dataset> training_dataset(const RunSettings& settings);
  /// The power of two that the rewards of the run's training are multiplied by: the given one, or
  /// what host/policy/reward_scale.h says of the whole dataset. Throws InputError.
  double reward_factor(const RunSettings& settings);
  /// Of the training images' rewards in the file.
  RewardSpread reward_spread(const std::string& path);
  /// What the training rewards of the dataset that the network was trained on promise for the
  /// training and test images of the run's dataset.
  ExpectedRewards expected_rewards(const RunSettings& settings);
  std::shared_ptr<const ReplayTable> index_replay(const std::string& path, int64_t image_count);
  std::shared_ptr<const ReplayTable> gap_replay(const std::string& path);

  /// The solution of a run's MDP, found by the first run that asks; when that throws, by the next.
  /// The key names all that it depends on.
  struct MdpKey {
    ImagesKey images;
    int32_t refill, cost, capacity;
    double discount;
    MdpSettings::Stop stop;
    std::vector<double> gap_probability;
    auto operator<=>(const MdpKey&) const = default;
  };
  const MdpSolution& mdp(const MdpKey& key, const std::function<MdpSolution()>& solve);

  /// What a search for `hierarchical` found for a switch. Throws std::logic_error when it was not
  /// kept.
  void keep_search(const SwitchKey& key, std::vector<SearchPoint> points);
  bool has_search(const SwitchKey& key);
  std::vector<SearchPoint> search(const SwitchKey& key);

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
  /// By dataset and factor.
  std::map<std::pair<std::shared_ptr<const Dataset>, double>, std::shared_ptr<const Dataset>>
      scaled_;
  std::map<std::string, RewardSpread> spreads_;
  /// By the dataset that promises and the one whose images it is asked for.
  std::map<std::pair<std::shared_ptr<const Dataset>, std::shared_ptr<const Dataset>>,
           ExpectedRewards>
      expected_;
  std::map<std::pair<std::string, int64_t>, std::shared_ptr<const ReplayTable>> indices_;
  std::map<std::string, std::shared_ptr<const ReplayTable>> gaps_;
  std::map<MdpKey, MdpEntry> mdps_;
  std::map<ImagesKey, std::shared_ptr<const Dataset>> variants_;
  std::map<SwitchKey, std::vector<SearchPoint>> searches_;
};

}  // namespace edgesweep
