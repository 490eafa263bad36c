#include "host/data/prepared_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr int kDefaultFolds = 3;

/// The fold of each image, by the file or by its position.
std::vector<int32_t> folds_of(const ClassifierPair& pair, const PrepareSettings& settings) {
  if (!pair.fold.empty()) {
    if (settings.folds != 0)
      throw InputError("", "--folds",
                       fmt::format("{}, but {} says itself, in the array split, which image "
                                   "belongs to which fold",
                                   settings.folds, pair.path),
                       "--fold alone");
    return pair.fold;
  }
  const int folds = settings.folds == 0 ? kDefaultFolds : settings.folds;
  std::vector<int32_t> fold;
  for (int64_t i = 0; i < pair.images(); ++i) fold.push_back(static_cast<int32_t>(i % folds));
  return fold;
}

std::string listed(const std::set<int32_t>& folds) {
  constexpr size_t kMostShown = 12;
  std::string text;
  for (const int32_t fold : folds) {
    if (text.size() / 3 >= kMostShown) return text + ", ...";
    text += (text.empty() ? "" : ", ") + std::to_string(fold);
  }
  return text;
}

/// True for training images.
std::vector<bool> training_images(const ClassifierPair& pair, const PrepareSettings& settings) {
  const std::vector<int32_t> folds = folds_of(pair, settings);
  const std::set<int32_t> known(folds.begin(), folds.end());
  if (known.count(settings.fold) == 0)
    throw InputError("", "--fold", std::to_string(settings.fold), listed(known));
  std::vector<bool> is_training;
  for (const int32_t fold : folds) is_training.push_back(fold != settings.fold);
  const auto training = std::count(is_training.begin(), is_training.end(), true);
  if (training < 2)
    throw InputError(pair.path, "", fmt::format("{} training images", training),
                     "at least two images outside of the test fold");
  return is_training;
}

PreparedSplit select(const ClassifierPair& pair, const std::vector<double>& entropy,
                     const std::vector<bool>& is_training, bool training) {
  PreparedSplit split;
  for (size_t i = 0; i < is_training.size(); ++i) {
    if (is_training[i] != training) continue;
    split.image.push_back(static_cast<int32_t>(i));
    split.weak_cost.push_back(pair.weak_cost[i]);
    split.strong_cost.push_back(pair.strong_cost[i]);
    split.entropy.push_back(entropy[i]);
  }
  return split;
}

std::vector<double> rewards_of(const std::string& path, const PreparedSplit& training, Cost cost) {
  std::vector<double> rewards;
  for (size_t i = 0; i < training.image.size(); ++i)
    rewards.push_back(training.weak_cost[i] - training.strong_cost[i]);
  const auto [least, greatest] = std::minmax_element(rewards.begin(), rewards.end());
  if (*least == *greatest)
    throw InputError(path, fmt::format("{} costs", cost_name(cost)),
                     fmt::format("the same reward, {}, of offloading each training image", *least),
                     "images that gain differently; another --cost may tell them apart");
  return rewards;
}

/// The fit needs a range that is not lost in the last bits of the entropies.
void check_entropies(const std::string& path, const PreparedSplit& training,
                     const Calibration& calibration) {
  constexpr double kLeastRange = 1e-9;
  const auto [least, greatest] =
      std::minmax_element(training.entropy.begin(), training.entropy.end());
  if (*greatest - *least > kLeastRange * *greatest) return;
  throw InputError(path, "weak_logits",
                   fmt::format("{} entropy, {}, of all training images (inverse temperature {})",
                               *least == *greatest ? "the same" : "nearly the same", *least,
                               calibration.inverse_temperature),
                   "logits that tell sure images from unsure ones");
}

void add_metrics(const MetricFit& fit, PreparedSplit& split) {
  for (const double entropy : split.entropy) split.metric.push_back(fit.metric(entropy));
}

}  // namespace

PreparedDataset prepare_dataset(const std::string& path, const PrepareSettings& settings) {
  const ClassifierPair pair = read_classifier_pair(path, settings.cost);
  const std::vector<bool> is_training = training_images(pair, settings);
  PreparedDataset dataset;
  dataset.source = path;
  dataset.source_sha256 = pair.sha256;
  dataset.classes = pair.weak_logits->classes();
  dataset.cost = settings.cost;
  dataset.folds = !pair.fold.empty()
                      ? "split"
                      : std::to_string(settings.folds == 0 ? kDefaultFolds : settings.folds);
  dataset.fold = settings.fold;
  dataset.calibration = calibrate(*pair.weak_logits, pair.weak_margin, is_training);
  const std::vector<double> entropy =
      softmax_entropies(*pair.weak_logits, dataset.calibration.inverse_temperature);
  dataset.training = select(pair, entropy, is_training, true);
  dataset.test = select(pair, entropy, is_training, false);
  check_entropies(path, dataset.training, dataset.calibration);
  dataset.fit =
      fit_metric(dataset.training.entropy, rewards_of(path, dataset.training, settings.cost));
  add_metrics(dataset.fit, dataset.training);
  add_metrics(dataset.fit, dataset.test);
  return dataset;
}

}  // namespace edgesweep
