#include "host/data/classifier_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "host/data/array_file.h"
#include "host/data/calibration.h"
#include "host/error.h"
#include "host/input_file.h"

namespace edgesweep {
namespace {

/// An array's name here and in the reference's files.
struct ArrayName {
  const char* own;
  const char* reference;
};
constexpr ArrayName kWeakLogits = {"weak_logits", "wlogit"};
constexpr ArrayName kLabel = {"label", "gt"};
constexpr ArrayName kWeakRank = {"weak_rank", "wrank"};
constexpr ArrayName kStrongRank = {"strong_rank", "srank"};
constexpr ArrayName kStrongLogits = {"strong_logits", "slogit"};
constexpr ArrayName kWeakCost = {"weak_cost", nullptr};
constexpr ArrayName kStrongCost = {"strong_cost", nullptr};
constexpr ArrayName kSplit = {"split", nullptr};

constexpr std::array<const char*, 4> kCostNames = {"top1", "top5", "rank10", "own"};
constexpr double kTruncatedRank = 10;
constexpr const char* kTransposed = "; transposed? A row is an image (docs/files.md)";

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const ArrayName& name : {kWeakLogits, kLabel, kWeakRank, kStrongRank, kStrongLogits,
                                kWeakCost, kStrongCost, kSplit}) {
    names.emplace_back(name.own);
    if (name.reference != nullptr) names.emplace_back(name.reference);
  }
  return names;
}

double cost_of(Cost cost, double rank) {
  if (cost == Cost::rank10) return std::min(rank, kTruncatedRank);
  return rank > (cost == Cost::top1 ? 1 : 5) ? 1 : 0;
}

class PairReader {
 public:
  PairReader(const std::string& path, const std::vector<Cost>& costs)
      : file_(open_array_file(path, known_names())), names_(file_->names()), costs_(costs) {
    pair_.path = path;
    pair_.sha256 = file_->sha256();
  }

  ClassifierPair read() {
    const std::string logits = required(kWeakLogits, "weak_logits (or wlogit): images x classes");
    pair_.weak_logits = file_->logits(
        logits, [&](int64_t images, int64_t classes) { check_logits(logits, images, classes); });
    images_ = pair_.weak_logits->images();
    const std::string label = required(kLabel, "label (or gt): the true class of each image");
    read_labels(label);
    LogitSummary weak = summarise_logits(pair_.path, logits, *pair_.weak_logits, pair_.label);
    if (weak.are_probabilities)
      throw InputError(pair_.path, logits,
                       "probabilities (the numbers of every image are at least 0 and sum to 1)",
                       "logits, which are the numbers before the softmax; of probabilities p, "
                       "log(max(p, 1e-30)) serves as well");
    check_classes(label, weak);
    pair_.weak_margin = std::move(weak.margin);
    pair_.weak_right = weak.right;
    read_costs(std::move(weak.rank));
    if (const auto split = present(kSplit))
      pair_.fold = whole_numbers<int32_t>(*split, 0, std::numeric_limits<int32_t>::max());
    return std::move(pair_);
  }

 private:
  /// The name under which the file has the array, if it does.
  std::optional<std::string> present(const ArrayName& name) const {
    const auto has = [&](const char* text) {
      return text != nullptr && std::find(names_.begin(), names_.end(), text) != names_.end();
    };
    if (has(name.own) && has(name.reference))
      throw InputError(pair_.path, name.own, fmt::format("also {}", name.reference),
                       "one of the two names");
    if (has(name.own)) return name.own;
    if (has(name.reference)) return name.reference;
    return std::nullopt;
  }

  std::string required(const ArrayName& name, const std::string& allowed) const {
    const auto found = present(name);
    if (!found) refuse_missing(pair_.path, name.own, names_, known_names(), allowed);
    return *found;
  }

  LogitShape logit_shape() const { return {images_, pair_.weak_logits->classes()}; }

  template <typename Number>
  std::vector<Number> whole_numbers(const std::string& name, double least, double greatest) const {
    return whole_numbers<Number>(name, file_->read(name, logit_shape()), least, greatest);
  }

  template <typename Number>
  std::vector<Number> whole_numbers(const std::string& name, const std::vector<double>& values,
                                    double least, double greatest) const {
    const auto bad = std::find_if_not(values.begin(), values.end(), [&](double value) {
      return value >= least && value <= greatest && value == std::floor(value);
    });
    if (bad != values.end())
      throw InputError(pair_.path, name,
                       fmt::format("{} at position {}", *bad, bad - values.begin()),
                       fmt::format("whole numbers in {}..{}", least, greatest));
    return std::vector<Number>(values.begin(), values.end());
  }

  void check_logits(const std::string& name, int64_t images, int64_t classes) const {
    constexpr int64_t kMostClasses = int64_t{1} << 20;
    if (images == 0) throw InputError(pair_.path, name, "no images", "at least three");
    if (classes < 2 || classes > kMostClasses)
      throw InputError(pair_.path, name,
                       fmt::format("{} {}", classes, classes == 1 ? "class" : "classes"),
                       fmt::format("2..{} classes, one a column{}", kMostClasses,
                                   classes > kMostClasses ? kTransposed : ""));
    if (images > std::numeric_limits<int32_t>::max())
      throw InputError(pair_.path, name, fmt::format("{} images", images), "at most 2^31 - 1");
  }

  /// The strong logits have the shape of the weak ones.
  void check_same_shape(const std::string& name, int64_t images, int64_t classes) const {
    check_logits(name, images, classes);
    if (images != images_ || classes != pair_.weak_logits->classes())
      throw InputError(
          pair_.path, name, fmt::format("the shape ({}, {})", images, classes),
          fmt::format(
              "that of the weak logits, ({}, {}){}", images_, pair_.weak_logits->classes(),
              images == pair_.weak_logits->classes() && classes == images_ ? kTransposed : ""));
  }

  void read_labels(const std::string& name) {
    const int64_t classes = pair_.weak_logits->classes();
    const std::vector<double> values = file_->read(name, logit_shape());
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    if (*least >= 1 && *greatest == static_cast<double>(classes))
      throw InputError(pair_.path, name, fmt::format("classes from {} to {}", *least, *greatest),
                       fmt::format("classes counted from 0, 0..{}, as the columns of the logits "
                                   "are: subtract 1",
                                   classes - 1));
    pair_.label = whole_numbers<int32_t>(name, values, 0, static_cast<double>(classes - 1));
    if (std::all_of(pair_.label.begin(), pair_.label.end(),
                    [&](int32_t label) { return label == pair_.label.front(); }))
      throw InputError(pair_.path, name,
                       fmt::format("the one class {} for all images", pair_.label.front()),
                       "images of at least two classes");
  }

  /// Labels that name the column before or after the one they mean: the classifier then seems to
  /// know nothing, and no metric can be fitted.
  void check_classes(const std::string& name, const LogitSummary& weak) const {
    const int64_t classes = pair_.weak_logits->classes();
    if (!right_by_chance(weak.right, images_, classes)) return;
    const auto is_more_than_chance = [&](int64_t right) {
      return !right_by_chance(right / 2, images_, classes);
    };
    const auto range = std::minmax_element(pair_.label.begin(), pair_.label.end());
    const int32_t least = *range.first;
    const int32_t greatest = *range.second;
    const auto found = [&](const char* where, int64_t right) {
      return fmt::format(
          "classes {}..{} of {} columns of logits; the greatest logit is that of "
          "the class itself for {} of {} images, and that of the class {} it for {}",
          least, greatest, classes, weak.right, images_, where, right);
    };
    if (least >= 1 && is_more_than_chance(weak.right_before))
      throw InputError(pair_.path, name, found("before", weak.right_before),
                       "classes counted from 0: subtract 1");
    if (greatest + 1 < classes && is_more_than_chance(weak.right_after))
      throw InputError(pair_.path, name, found("after", weak.right_after),
                       "the number of the class's column: add 1, or leave out the first column of "
                       "the logits (a background class?)");
  }

  void read_costs(std::vector<double> weak_rank) {
    std::vector<double> strong_rank;
    for (const Cost cost : costs_) {
      if (cost == Cost::own) {
        pair_.costs.push_back({cost, own_costs(kWeakCost), own_costs(kStrongCost)});
        continue;
      }
      if (strong_rank.empty()) {
        weak_rank = weak_ranks(std::move(weak_rank));
        strong_rank = strong_ranks();
      }
      pair_.costs.push_back({cost, costs_of(cost, weak_rank), costs_of(cost, strong_rank)});
    }
  }

  std::vector<double> weak_ranks(std::vector<double> from_logits) const {
    const auto name = present(kWeakRank);
    if (!name) return from_logits;
    return whole_numbers<double>(*name, 1, static_cast<double>(pair_.weak_logits->classes()));
  }

  std::vector<double> strong_ranks() const {
    constexpr double kMostRank = 1 << 20;
    if (const auto name = present(kStrongRank)) return whole_numbers<double>(*name, 1, kMostRank);
    const std::string name = required(
        kStrongLogits,
        "strong_rank (or srank), the rank of the true class of each image, or strong_logits");
    const std::unique_ptr<LogitSource> logits = file_->logits(
        name, [&](int64_t images, int64_t classes) { check_same_shape(name, images, classes); });
    return summarise_logits(pair_.path, name, *logits, pair_.label).rank;
  }

  std::vector<double> own_costs(const ArrayName& name) const {
    std::vector<double> values = file_->read(
        required(name, "with --cost own, the costs weak_cost and strong_cost of each image"),
        logit_shape());
    const auto bad = std::find_if_not(values.begin(), values.end(),
                                      [](double value) { return std::abs(value) <= 1e100; });
    if (bad != values.end())
      throw InputError(pair_.path, name.own,
                       fmt::format("{} at position {}", *bad, bad - values.begin()),
                       "finite costs, at most 1e100 in magnitude");
    return values;
  }

  static std::vector<double> costs_of(Cost cost, const std::vector<double>& ranks) {
    std::vector<double> values;
    for (const double rank : ranks) values.push_back(cost_of(cost, rank));
    return values;
  }

  std::unique_ptr<ArrayFile> file_;
  std::vector<std::string> names_;
  const std::vector<Cost>& costs_;
  int64_t images_ = 0;
  ClassifierPair pair_;
};

}  // namespace

Cost parse_cost(const std::string& name) {
  const auto found = std::find(kCostNames.begin(), kCostNames.end(), name);
  if (found == kCostNames.end())
    throw InputError(
        "", "--cost", "\"" + name + "\"", "top1, top5, rank10, own",
        nearest_name(name, std::vector<std::string>(kCostNames.begin(), kCostNames.end())));
  return static_cast<Cost>(found - kCostNames.begin());
}

std::string cost_name(Cost cost) { return kCostNames[static_cast<size_t>(cost)]; }

bool right_by_chance(int64_t right, int64_t images, int64_t classes) {
  const double share = 1 / static_cast<double>(classes);
  const double mean = static_cast<double>(images) * share;
  return static_cast<double>(right) <= mean + 3 * std::sqrt(mean * (1 - share));
}

ClassifierPair read_classifier_pair(const std::string& path, const std::vector<Cost>& costs) {
  return PairReader(path, costs).read();
}

}  // namespace edgesweep
