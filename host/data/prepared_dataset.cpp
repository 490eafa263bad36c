#include "host/data/prepared_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr int kDefaultFolds = 3;

/// The fold of each image, by the file or by its position.
std::vector<int32_t> folds_of(const ClassifierPair& pair, int folds) {
  if (!pair.fold.empty()) {
    if (folds != 0)
      throw InputError("", "--folds",
                       fmt::format("{}, but {} says itself, in the array split, which image "
                                   "belongs to which fold",
                                   folds, pair.path),
                       "--fold alone");
    return pair.fold;
  }
  if (folds == 0) folds = kDefaultFolds;
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

PreparedSplit select(const PairCosts& costs, const std::vector<double>& entropy,
                     const std::vector<bool>& is_training, bool training) {
  PreparedSplit split;
  for (size_t i = 0; i < is_training.size(); ++i) {
    if (is_training[i] != training) continue;
    split.image.push_back(static_cast<int32_t>(i));
    split.weak_cost.push_back(costs.weak[i]);
    split.strong_cost.push_back(costs.strong[i]);
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
void check_entropies(const ClassifierPair& pair, const PreparedSplit& training,
                     const Calibration& calibration) {
  constexpr double kLeastRange = 1e-9;
  const bool by_chance =
      right_by_chance(pair.weak_right, pair.images(), pair.weak_logits->classes());
  const bool is_worse_than_guessing =  // with logits that are all alike it is the same
      calibration.inverse_temperature == 0 &&
      calibration.cross_entropy < calibration.cross_entropy_before;
  if (is_worse_than_guessing && by_chance)
    throw InputError(
        pair.path, "weak_logits",
        fmt::format("an inverse temperature of 0: the logits tell nothing of the labels, and their "
                    "greatest is the true class's for {} of {} images, as often as chance has it",
                    pair.weak_right, pair.images()),
        "logits and labels of the same images, in the same order, classes counted from 0");
  const auto [least, greatest] =
      std::minmax_element(training.entropy.begin(), training.entropy.end());
  if (*greatest - *least > kLeastRange * *greatest) return;
  throw InputError(pair.path, "weak_logits",
                   fmt::format("{} entropy, {}, of all training images (inverse temperature {})",
                               *least == *greatest ? "the same" : "nearly the same", *least,
                               calibration.inverse_temperature),
                   "logits that tell sure images from unsure ones");
}

void add_metrics(const MetricFit& fit, PreparedSplit& split) {
  for (const double entropy : split.entropy) split.metric.push_back(fit.metric(entropy));
}

}  // namespace

DatasetMaker::DatasetMaker(const std::string& path, const std::vector<Cost>& costs, int folds)
    : pair_(read_classifier_pair(path, costs)),
      folds_text_(!pair_.fold.empty() ? "split"
                                      : std::to_string(folds == 0 ? kDefaultFolds : folds)),
      fold_(folds_of(pair_, folds)) {}

std::vector<int> DatasetMaker::folds() const {
  const std::set<int32_t> known(fold_.begin(), fold_.end());
  return {known.begin(), known.end()};
}

std::vector<bool> DatasetMaker::training_images(int fold) const {
  const std::set<int32_t> known(fold_.begin(), fold_.end());
  if (!known.contains(fold)) throw InputError("", "--fold", std::to_string(fold), listed(known));
  std::vector<bool> is_training;
  for (const int32_t other : fold_) is_training.push_back(other != fold);
  const auto training = std::count(is_training.begin(), is_training.end(), true);
  if (training < 2)
    throw InputError(pair_.path, "", fmt::format("{} training images", training),
                     "at least two images outside of the test fold");
  return is_training;
}

void DatasetMaker::calibrate_for(int fold) {
  if (fold == made_fold_) return;
  made_fold_ = -1;
  is_training_ = training_images(fold);
  calibration_ = calibrate(*pair_.weak_logits, pair_.weak_margin, is_training_);
  entropy_ = softmax_entropies(*pair_.weak_logits, calibration_.inverse_temperature);
  made_fold_ = fold;
}

PreparedDataset DatasetMaker::make(Cost cost, int fold) {
  const auto costs = std::find_if(pair_.costs.begin(), pair_.costs.end(),
                                  [&](const PairCosts& read) { return read.cost == cost; });
  if (costs == pair_.costs.end()) throw std::logic_error("costs that were not read");
  calibrate_for(fold);
  PreparedDataset dataset;
  dataset.source = pair_.path;
  dataset.source_sha256 = pair_.sha256;
  dataset.classes = pair_.weak_logits->classes();
  dataset.images = pair_.images();
  dataset.weak_right = pair_.weak_right;
  dataset.cost = cost;
  dataset.folds = folds_text_;
  dataset.fold = fold;
  dataset.calibration = calibration_;
  dataset.training = select(*costs, entropy_, is_training_, true);
  dataset.test = select(*costs, entropy_, is_training_, false);
  check_entropies(pair_, dataset.training, calibration_);
  dataset.fit =
      fit_metric(dataset.training.entropy, rewards_of(pair_.path, dataset.training, cost));
  add_metrics(dataset.fit, dataset.training);
  add_metrics(dataset.fit, dataset.test);
  return dataset;
}

PreparedDataset prepare_dataset(const std::string& path, const PrepareSettings& settings) {
  return DatasetMaker(path, {settings.cost}, settings.folds).make(settings.cost, settings.fold);
}

}  // namespace edgesweep
