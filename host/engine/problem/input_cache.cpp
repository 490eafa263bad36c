#include "host/engine/problem/input_cache.h"

#include <stdexcept>

#include "host/policy/reward_scale.h"
#include "host/policy/rewards.h"

namespace edgesweep {

std::shared_ptr<const Dataset> InputCache::dataset(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Dataset>& entry = datasets_[path];
  if (!entry) entry = load_dataset(path);
  return entry;
}

std::shared_ptr<const Dataset> InputCache::dataset(const RunSettings& settings) {
  std::shared_ptr<const Dataset> own = dataset(settings.dataset);
  if (!settings.metric_scale && settings.rules == Rules::edgeml_dqn &&
      settings.training_deviation == 0)
    return own;
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Dataset>& entry = variants_[images_key(settings)];
  if (entry) return entry;
  if (settings.metric_scale)
    own = renormalised(*own, settings.metric_scale->mean, settings.metric_scale->deviation);
  if (settings.training_deviation != 0)
    own = std::make_shared<Dataset>(with_deviation(*own, settings.training_deviation));
  if (settings.rules == Rules::edgeml_mdp) own = std::make_shared<Dataset>(unnormalised(*own));
  return entry = own;
}

void InputCache::keep_search(const SwitchKey& key, std::vector<SearchPoint> points) {
  const std::lock_guard lock(mutex_);
  searches_[key] = std::move(points);
}

bool InputCache::has_search(const SwitchKey& key) {
  const std::lock_guard lock(mutex_);
  return searches_.contains(key);
}

std::vector<SearchPoint> InputCache::search(const SwitchKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = searches_.find(key);
  if (found == searches_.end()) throw std::logic_error("no search was made for a run");
  return found->second;
}

RewardSpread InputCache::reward_spread(const std::string& path) {
  const std::shared_ptr<const Dataset> whole = dataset(path);
  const std::lock_guard lock(mutex_);
  const auto known = spreads_.find(path);
  if (known != spreads_.end()) return known->second;
  return spreads_[path] = edgesweep::reward_spread(whole->training.reward);
}

double InputCache::reward_factor(const RunSettings& settings) {
  if (settings.reward_factor) return *settings.reward_factor;
  return edgesweep::reward_factor(settings, reward_spread(settings.dataset));
}

std::shared_ptr<const Dataset> InputCache::training_dataset(const RunSettings& settings) {
  std::shared_ptr<const Dataset> smoothed = smoothed_dataset(settings);
  const double factor = reward_factor(settings);
  if (factor == 1) return smoothed;
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Dataset>& entry = scaled_[{smoothed, factor}];
  if (!entry) {
    Dataset scaled = *smoothed;
    for (double& reward : scaled.training.reward) reward *= factor;
    entry = std::make_shared<const Dataset>(std::move(scaled));
  }
  return entry;
}

std::shared_ptr<const Dataset> InputCache::smoothed_dataset(const RunSettings& settings) {
  std::shared_ptr<const Dataset> original = dataset(settings);
  const double share = settings.dqn.reward_smoothing;
  if (share == 0) return original;
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Dataset>& entry = smoothed_[{original, share}];
  if (!entry) {
    Dataset smoothed = *original;
    smoothed.training.reward = smoothed_rewards(original->training, share);
    entry = std::make_shared<const Dataset>(std::move(smoothed));
  }
  return entry;
}

ExpectedRewards InputCache::expected_rewards(const RunSettings& settings) {
  RunSettings trained = settings;
  if (!settings.trained_dataset.empty()) trained.dataset = settings.trained_dataset;
  const std::shared_ptr<const Dataset> known = training_dataset(trained);
  const std::shared_ptr<const Dataset> own = dataset(settings);
  const std::lock_guard lock(mutex_);
  ExpectedRewards& entry = expected_[{known, own}];
  if (!entry.training) {
    const auto of = [&](const ImageSet& images) {
      return std::make_shared<const std::vector<float>>(
          edgesweep::expected_rewards(known->training, images));
    };
    entry = {of(own->training), of(own->test)};
  }
  return entry;
}

std::shared_ptr<const ReplayTable> InputCache::index_replay(const std::string& path,
                                                            int64_t image_count) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const ReplayTable>& entry = indices_[{path, image_count}];
  if (!entry) entry = load_index_replay(path, image_count);
  return entry;
}

std::shared_ptr<const ReplayTable> InputCache::gap_replay(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const ReplayTable>& entry = gaps_[path];
  if (!entry) entry = load_gap_replay(path);
  return entry;
}

const MdpSolution& InputCache::mdp(const MdpKey& key, const std::function<MdpSolution()>& solve) {
  MdpEntry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    entry = &mdps_[key];
  }
  // Outside the lock: other MDPs and files need not wait for this one.
  std::call_once(entry->once, [&] { entry->solution = solve(); });
  return entry->solution;
}

}  // namespace edgesweep
