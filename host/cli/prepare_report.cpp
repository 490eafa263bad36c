#include "host/cli/prepare_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "host/cli/terminal.h"
#include "host/text.h"

namespace edgesweep {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::string number(double value) { return fmt::format("{:.4f}", value); }

std::string folds_text(const PreparedDataset& dataset) {
  return dataset.folds == "split"
             ? "by its array split"
             : fmt::format("of {}, image i in fold i mod {}", dataset.folds, dataset.folds);
}

std::string metrics_text(const PreparedSplit& split) {
  const auto [least, greatest] = std::minmax_element(split.metric.begin(), split.metric.end());
  return fmt::format("{:.4f}..{:.4f}", *least, *greatest);
}

std::vector<std::string> split_row(const std::string& name, const PreparedSplit& split) {
  return {name, std::to_string(split.image.size()), number(mean(split.weak_cost)),
          number(mean(split.strong_cost)), metrics_text(split)};
}

void print_single(const PreparedDataset& dataset, const std::string& path) {
  const Calibration& calibration = dataset.calibration;
  print_output("{}: {} classes, {} costs, test images of fold {} ({})\n", dataset.source,
               dataset.classes, cost_name(dataset.cost), dataset.fold, folds_text(dataset));
  print_output("inverse temperature {:.4f}: cross-entropy {:.4f}, {:.4f} before\n",
               calibration.inverse_temperature, calibration.cross_entropy,
               calibration.cross_entropy_before);
  print_output("metric fit: bandwidth {:.4f} of the entropies' range {:.4f}..{:.4f}\n\n",
               dataset.fit.bandwidth_share, dataset.fit.entropy.front(),
               dataset.fit.entropy.back());
  print_output(
      "{}", text_table({"images", "number", "weak cost", "strong cost", "metric"},
                       {split_row("training", dataset.training), split_row("test", dataset.test)}));
  print_output("\nWrote {}.\n", path);
}

/// of: which dataset, if there are several.
void print_dataset_notes(const PreparedDataset& dataset, const std::string& of) {
  if (dataset.calibration.at_upper_end)
    print_message(
        fmt::format("edgesweep: note{}: calibration ended at the upper end of what it searches; "
                    "logits of a larger scale (all times {:.0f}, say) would be calibrated better\n",
                    of, kLargestFirstTemperature));
  if (right_by_chance(dataset.weak_right, dataset.images, dataset.classes))
    print_message(fmt::format(
        "edgesweep: note{}: the greatest weak logit is that of the label for {} of {} images, no "
        "more than chance; are logits and labels of the same images, in the same order?\n",
        of, dataset.weak_right, dataset.images));
  if (mean(dataset.training.weak_cost) < mean(dataset.training.strong_cost))
    print_message(
        fmt::format("edgesweep: note{}: on the training images the weak classifier costs less than "
                    "the strong one; are they interchanged?\n",
                    of));
}

}  // namespace

void PrepareReport::add(const PreparedDataset& dataset, const std::string& path) {
  if (single_) {
    print_single(dataset, path);
  } else {
    head_ = fmt::format("{}: {} classes, folds {}\n\n", dataset.source, dataset.classes,
                        folds_text(dataset));
    rows_.push_back({cost_name(dataset.cost), std::to_string(dataset.fold),
                     std::to_string(dataset.training.image.size()),
                     std::to_string(dataset.test.image.size()),
                     number(mean(dataset.test.weak_cost)), number(mean(dataset.test.strong_cost)),
                     metrics_text(dataset.test), number(dataset.calibration.inverse_temperature),
                     number(dataset.fit.bandwidth_share), path});
  }
  print_dataset_notes(dataset, single_ ? "" : fmt::format(" ({})", path));
}

void PrepareReport::print() const {
  if (single_) return;
  print_output("{}{}\nWrote {} datasets. Means and metrics are those of test images.\n", head_,
               text_table({"cost", "fold", "training", "test", "weak cost", "strong cost", "metric",
                           "inverse temperature", "bandwidth", "file"},
                          rows_),
               rows_.size());
}

}  // namespace edgesweep
