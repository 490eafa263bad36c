#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "host/cli/commands.h"
#include "host/cli/interrupt.h"
#include "host/cli/prepare_report.h"
#include "host/data/prepared_dataset.h"
#include "host/engine/plan/startable_threads.h"
#include "host/error.h"
#include "host/results/atomic_file.h"
#include "host/results/prepared_dataset_file.h"
#include "host/results/temporary_files.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAll = "all";
constexpr const char* kCostPlace = "{cost}";
constexpr const char* kFoldPlace = "{fold}";

std::vector<Cost> costs_of(const PrepareOptions& options) {
  std::vector<Cost> costs;
  for (const std::string& name : options.costs)
    if (name == kAll)
      costs.insert(costs.end(), {Cost::top1, Cost::top5, Cost::rank10});
    else
      costs.push_back(parse_cost(name));
  for (size_t i = 0; i < costs.size(); ++i)
    if (std::find(costs.begin(), costs.begin() + static_cast<ptrdiff_t>(i), costs[i]) !=
        costs.begin() + static_cast<ptrdiff_t>(i))
      throw InputError("", "--cost", cost_name(costs[i]) + " twice", "each once");
  return costs;
}

/// Empty: all that there are.
std::vector<int> folds_of(const PrepareOptions& options) {
  std::vector<int> folds;
  for (const std::string& text : options.test_folds) {
    if (text == kAll && options.test_folds.size() == 1) return {};
    int fold = -1;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, fold);
    if (error != std::errc() || stop != end || fold < 0)
      throw InputError("", "--fold", "\"" + text + "\"", "whole numbers from 0 on, or all alone");
    if (std::find(folds.begin(), folds.end(), fold) != folds.end())
      throw InputError("", "--fold", text + " twice", "each once");
    folds.push_back(fold);
  }
  return folds;
}

std::string with(std::string text, const std::string& place, const std::string& value) {
  for (size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += value.size())
    text.replace(at, place.size(), value);
  return text;
}

std::string output_of(const PrepareOptions& options, Cost cost, int fold) {
  return with(with(options.output, kCostPlace, cost_name(cost)), kFoldPlace, std::to_string(fold));
}

/// Refused before anything is read.
DatasetFormat checked_format(const PrepareOptions& options, bool many_costs, bool many_folds) {
  const auto refuse = [&](const std::string& what, const char* place) {
    throw InputError("", "--output",
                     "\"" + options.output + "\", one name for datasets of several " + what,
                     std::string("a name with ") + place + " in it");
  };
  const std::optional<DatasetFormat> format = dataset_format(options.output);
  if (!format)
    throw InputError("", "--output", "\"" + options.output + "\"",
                     "a name that ends in .h5 (HDF5) or .npz");
  if (many_costs && options.output.find(kCostPlace) == std::string::npos)
    refuse("costs", kCostPlace);
  if (many_folds && options.output.find(kFoldPlace) == std::string::npos)
    refuse("folds", kFoldPlace);
  return *format;
}

/// Refused before any work.
void check_output(const PrepareOptions& options, const std::string& output) {
  std::error_code none;
  if (fs::equivalent(options.logits, output, none))
    throw InputError("", "--output", "\"" + output + "\", the file that is read", "another file");
  if (!options.force && file_exists(output))
    throw InputError(output, "", "a file that is there already",
                     "another name with -o, or --force to overwrite it");
}

}  // namespace

int prepare_command(const PrepareOptions& options) {
  const std::vector<Cost> costs = costs_of(options);
  std::vector<int> folds = folds_of(options);
  const bool all_folds = folds.empty();
  const DatasetFormat format =
      checked_format(options, costs.size() > 1, all_folds || folds.size() > 1);
  const auto check_outputs = [&] {
    for (const int fold : folds)
      for (const Cost cost : costs) check_output(options, output_of(options, cost, fold));
  };
  check_outputs();
  meet_file_limit_as_error();
  end_on_interrupts();
  const int threads = startable_threads(threads_to_use(options.threads), print_notice);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(threads));
  tbb::task_arena arena(threads);
  DatasetMaker maker =
      arena.execute([&] { return DatasetMaker(options.logits, costs, options.folds); });
  if (all_folds) {
    folds = maker.folds();
    check_outputs();
  }
  PrepareReport report(costs.size() * folds.size());
  for (const int fold : folds)
    for (const Cost cost : costs) {
      if (interrupted()) return kInterrupted;
      end_on_interrupts();  // while nothing is being written
      const PreparedDataset dataset = arena.execute([&] { return maker.make(cost, fold); });
      catch_interrupts();
      const std::string output = output_of(options, cost, fold);
      const std::string folder = fs::path(output).parent_path().string();
      if (!folder.empty()) make_folder(folder);
      remove_leftovers(output);  // of one that was killed
      write_prepared_dataset(output, format, dataset, EDGESWEEP_VERSION);
      report.add(dataset, output);
    }
  report.print();
  return 0;
}

}  // namespace edgesweep
