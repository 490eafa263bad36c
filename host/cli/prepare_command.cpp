#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/terminal.h"
#include "host/cli/text_table.h"
#include "host/data/prepared_dataset.h"
#include "host/engine/backend.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/prepared_dataset_file.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

/// Refused before any work.
void check_output(const PrepareOptions& options) {
  const std::string extension = fs::path(options.output).extension().string();
  if (extension != ".h5" && extension != ".hdf5")
    throw InputError("", "--output", "\"" + options.output + "\"",
                     "a name that ends in .h5: datasets are written as HDF5");
  std::error_code none;
  if (fs::equivalent(options.logits, options.output, none))
    throw InputError("", "--output", "\"" + options.output + "\", the file that is read",
                     "another file");
  if (!options.force && file_exists(options.output))
    throw InputError(options.output, "", "a file that is there already",
                     "another name with -o, or --force to overwrite it");
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<std::string> split_row(const std::string& name, const PreparedSplit& split) {
  const auto [least, greatest] = std::minmax_element(split.metric.begin(), split.metric.end());
  return {name, std::to_string(split.image.size()), fmt::format("{:.4f}", mean(split.weak_cost)),
          fmt::format("{:.4f}", mean(split.strong_cost)),
          fmt::format("{:.4f}..{:.4f}", *least, *greatest)};
}

void report(const PreparedDataset& dataset, const std::string& path) {
  const Calibration& calibration = dataset.calibration;
  fmt::print("{}: {} classes, {} costs, test images of fold {} ({})\n", dataset.source,
             dataset.classes, cost_name(dataset.cost), dataset.fold,
             dataset.folds == "split"
                 ? "by its array split"
                 : fmt::format("of {}, image i in fold i mod {}", dataset.folds, dataset.folds));
  fmt::print("inverse temperature {:.4f}: cross-entropy {:.4f}, {:.4f} before\n",
             calibration.inverse_temperature, calibration.cross_entropy,
             calibration.cross_entropy_before);
  fmt::print("metric fit: bandwidth {:.4f} of the entropies' range {:.4f}..{:.4f}\n\n",
             dataset.fit.bandwidth_share, dataset.fit.entropy.front(), dataset.fit.entropy.back());
  fmt::print(
      "{}", text_table({"images", "number", "weak cost", "strong cost", "metric"},
                       {split_row("training", dataset.training), split_row("test", dataset.test)}));
  fmt::print("\nWrote {}.\n", path);
  if (calibration.at_upper_end)
    tell(
        fmt::format("edgesweep: note: calibration ended at the upper end of what it searches; "
                    "logits of a larger scale (all times {:.0f}, say) would be calibrated better\n",
                    kLargestFirstTemperature));
  if (mean(dataset.training.weak_cost) < mean(dataset.training.strong_cost))
    tell(
        "edgesweep: note: on the training images the weak classifier costs less than the strong "
        "one; are they interchanged?\n");
}

}  // namespace

int prepare_command(const PrepareOptions& options) {
  PrepareSettings settings;
  settings.cost = parse_cost(options.cost);
  settings.folds = options.folds;
  settings.fold = options.fold;
  check_output(options);
  meet_file_limit_as_error();
  const int threads = options.threads > 0 ? options.threads : available_threads();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(threads));
  tbb::task_arena arena(threads);
  const PreparedDataset dataset =
      arena.execute([&] { return prepare_dataset(options.logits, settings); });
  const std::string folder = fs::path(options.output).parent_path().string();
  if (!folder.empty()) make_folder(folder);
  write_prepared_dataset(options.output, dataset, EDGESWEEP_VERSION);
  report(dataset, options.output);
  return 0;
}

}  // namespace edgesweep
