#include "host/results/checkpoint.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <system_error>

#include "host/error.h"
#include "host/hdf5/hdf5_file.h"
#include "host/hdf5/hdf5_table.h"
#include "host/hdf5/hdf5_table_reader.h"
#include "host/results/atomic_file.h"
#include "host/results/ownership/ownership.h"
#include "host/results/run_fields.h"
#include "host/results/sealed_bytes.h"

namespace edgesweep {
namespace {

constexpr const char* kMagic = "edgesweep checkpoint ";
/// Checkpoints from the first of these formats on can be read. A field of a later one is marked
/// `since` below, and an older checkpoint leaves it at the value TrainingState begins with.
constexpr int64_t kFirstVersion = 3;
constexpr int64_t kVersion = 4;
constexpr const char* kCheckpointEnd = ".checkpoint.h5";

constexpr Field<TrainingState, int64_t> kIntegers[] = {
    {"iteration", &TrainingState::iteration, ""},
    {"adam_steps", &TrainingState::adam_steps, ""},
    {"best_iteration", &TrainingState::best_iteration, ""},
};
constexpr Field<TrainingState, double> kNumbers[] = {
    {"beta_1_power", &TrainingState::beta_1_power, ""},
    {"beta_2_power", &TrainingState::beta_2_power, ""},
    {"mean_squared_error", &TrainingState::mean_squared_error, ""},
    {"reward_factor", &TrainingState::reward_factor, "", 4},
    {"seconds", &TrainingState::seconds, ""},
    {"evaluation_seconds", &TrainingState::evaluation_seconds, ""},
    {"best_validation_loss", &TrainingState::best_validation_loss, ""},
};
constexpr Field<TrainingState, std::vector<float>> kArrays[] = {
    {"weights", &TrainingState::weights, ""},
    {"adam_mean", &TrainingState::adam_mean, ""},
    {"adam_square", &TrainingState::adam_square, ""},
    {"best_weights", &TrainingState::best_weights, ""},
};

std::string checkpoint_path(const std::string& folder, const std::string& run_id) {
  constexpr size_t kMostLetters = 200;  // of the header and of file names
  const bool plain = std::all_of(run_id.begin(), run_id.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0; });
  if (run_id.empty() || run_id.size() > kMostLetters || !plain)
    throw std::invalid_argument("run id \"" + run_id + "\" is no file name");
  return folder + "/" + run_id + kCheckpointEnd;
}

InputError checkpoint_refusal(const std::string& path, const std::string& found) {
  return InputError(
      path, "", found,
      "this run's checkpoint, whole; deleting the file makes the run start from the beginning");
}

/// Shared by those who write into the folder, exclusive for who removes it.
std::shared_mutex& folder_mutex() {
  static std::shared_mutex mutex;
  return mutex;
}

std::string run_lines(const std::string& run_id, int64_t version) {
  return kMagic + std::to_string(version) + "\nrun " + run_id + "\n";
}

std::string header_start(const CheckpointOwner& owner, int64_t version) {
  return run_lines(owner.run_id, version) + "inputs " + owner.inputs_sha256 + "\n";
}

/// Curve as a table, so that a checkpoint can be looked into with the same tools as results.
void write_curve(hid_t file, const std::vector<CurvePoint>& curve) {
  Integers iterations;
  for (const CurvePoint& point : curve) iterations.push_back(point.iteration);
  Table table{"Evaluations so far.",
              {{"iteration", std::move(iterations), "Q iterations done before"}}};
  for (const auto& field : kCurveNumbers) {
    Numbers numbers;
    for (const CurvePoint& point : curve) numbers.push_back(point.*field.member);
    table.columns.push_back({field.name, std::move(numbers), field.description});
  }
  write_table(file, "curve", table);
}

std::vector<CurvePoint> read_curve(const Hdf5Group& file) {
  std::vector<Column> columns{{"iteration", Integers{}, ""}};
  for (const auto& field : kCurveNumbers) columns.push_back({field.name, Numbers{}, ""});
  read_table(file, "curve", columns);
  const auto& iterations = std::get<Integers>(columns[0].values);
  std::vector<CurvePoint> curve(iterations.size());
  for (size_t row = 0; row < curve.size(); ++row) {
    curve[row].iteration = iterations[row];
    for (size_t i = 0; i < std::size(kCurveNumbers); ++i)
      curve[row].*kCurveNumbers[i].member = std::get<Numbers>(columns[i + 1].values)[row];
  }
  return curve;
}

std::vector<unsigned char> checkpoint_image(const CheckpointOwner& owner,
                                            const TrainingState& state) {
  return sealed_bytes(header_start(owner, kVersion), [&](hid_t file) {
    for (const auto& field : kIntegers)
      write_integer_attribute(file, field.name, state.*field.member);
    for (const auto& field : kNumbers)
      write_number_attribute(file, field.name, state.*field.member);
    for (const auto& field : kArrays)
      write_array(file, field.name, {(state.*field.member).size()}, state.*field.member,
                  Storage::plain);
    write_curve(file, state.curve);
  });
}

/// The format that a header names; refused if it cannot be read.
int64_t header_version(const std::string& path, const std::string& header) {
  const std::string magic = kMagic;
  if (!header.starts_with(magic))
    throw checkpoint_refusal(path, "something that is not a checkpoint");
  const std::string text = header.substr(magic.size(), header.find('\n') - magic.size());
  for (int64_t version = kFirstVersion; version <= kVersion; ++version)
    if (text == std::to_string(version)) return version;
  throw checkpoint_refusal(path, "format version " + text.substr(0, 20) +
                                     " (known: " + std::to_string(kFirstVersion) + " to " +
                                     std::to_string(kVersion) + ")");
}

/// Returns the checkpoint's format.
int64_t checked_header(const std::string& path, const CheckpointOwner& owner,
                       const std::vector<unsigned char>& image) {
  const std::string header(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(
                                                              std::min(image.size(), kSealBytes)));
  const int64_t version = header_version(path, header);
  if (!header.starts_with(run_lines(owner.run_id, version)))
    throw checkpoint_refusal(path, "a damaged header or the checkpoint of another run");
  if (!header.starts_with(header_start(owner, version)))
    throw checkpoint_refusal(
        path, "a damaged header or training on other input files than there are now");
  if (!seal_holds(header_start(owner, version), image))
    throw checkpoint_refusal(path, "damaged content (it does not give the checksum stored in it)");
  return version;
}

TrainingState read_state(const std::vector<unsigned char>& image, int64_t version) {
  const std::lock_guard lock(hdf5_mutex());
  const Hdf5Silence silence;
  const Hdf5Group file = Hdf5Group::open_bytes("", image);
  TrainingState state;
  for (const auto& field : kIntegers)
    if (field.since <= version) state.*field.member = read_integer_attribute(file, field.name);
  for (const auto& field : kNumbers)
    if (field.since <= version) state.*field.member = read_number_attribute(file, field.name);
  for (const auto& field : kArrays) state.*field.member = read_array<float>(file, field.name);
  state.curve = read_curve(file);
  return state;
}

void check_sizes(const std::string& path, const TrainingState& state, int64_t parameters) {
  const auto expected = static_cast<size_t>(parameters);
  for (const auto& field : kArrays) {
    const size_t size = (state.*field.member).size();
    const bool may_be_absent = field.member == &TrainingState::best_weights;
    if (size == expected || (size == 0 && may_be_absent)) continue;
    throw checkpoint_refusal(path, std::to_string(size) + " values of " + field.name +
                                       " for a network of " + std::to_string(parameters) +
                                       " parameters");
  }
}

/// Counters of a training that never was would be taken for one that has ended, or index outside of
/// the schedule.
void check_counters(const std::string& path, const TrainingState& state, int64_t iterations) {
  const auto check = [&](const char* name, int64_t value, int64_t least, int64_t most) {
    if (value >= least && value <= most) return;
    throw checkpoint_refusal(path, std::string(name) + " " + std::to_string(value) + " where " +
                                       std::to_string(least) + ".." + std::to_string(most) +
                                       " are possible");
  };
  check("iteration", state.iteration, 0, iterations);
  check("adam_steps", state.adam_steps, 0, std::numeric_limits<int64_t>::max());
  check("best_iteration", state.best_iteration, -1, state.iteration);
  int64_t least = 0;
  for (const CurvePoint& point : state.curve) {
    check("an iteration of the curve", point.iteration, least, state.iteration);
    least = point.iteration + 1;
  }
  if ((state.best_iteration >= 0) == state.best_weights.empty())
    throw checkpoint_refusal(path, state.best_weights.empty()
                                       ? "a best iteration without its weights"
                                       : "best weights without their iteration");
}

}  // namespace

std::string checkpoint_folder(const std::string& results_path) {
  return results_path + ".checkpoints";
}

void write_checkpoint(const std::string& folder, const CheckpointOwner& owner,
                      const TrainingState& state) {
  const std::string path = checkpoint_path(folder, owner.run_id);
  const std::vector<unsigned char> image = checkpoint_image(owner, state);
  const std::shared_lock keeps_folder(folder_mutex());
  make_folder(folder);
  replace_file(path, image);
}

std::optional<TrainingState> read_checkpoint(const std::string& folder,
                                             const CheckpointOwner& owner,
                                             const CheckpointBounds& bounds) {
  const std::string path = checkpoint_path(folder, owner.run_id);
  if (!file_exists(path)) return std::nullopt;
  std::vector<unsigned char> image = read_file(path);
  const int64_t version = checked_header(path, owner, image);
  TrainingState state;
  try {
    state = read_state(image, version);
  } catch (const InputError& error) {
    throw checkpoint_refusal(path, "damaged content (" + std::string(error.what()) + ")");
  } catch (const SystemError& error) {
    throw checkpoint_refusal(path, error.what());
  }
  check_sizes(path, state, bounds.parameters);
  check_counters(path, state, bounds.iterations);
  return state;
}

std::vector<std::string> checkpointed_runs(const std::string& folder) {
  std::vector<std::string> runs;
  const std::string end = kCheckpointEnd;
  std::error_code ignored;
  std::filesystem::directory_iterator entry(folder, ignored);
  for (; entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(end)) runs.push_back(name.substr(0, name.size() - end.size()));
  }
  return runs;
}

void remove_empty_folder(const std::string& folder) {
  const std::unique_lock nobody_writes(folder_mutex());
  std::error_code ignored;
  std::filesystem::remove(folder, ignored);  // succeeds only when empty
}

void remove_checkpoint(const std::string& folder, const std::string& run_id) {
  const std::string path = checkpoint_path(folder, run_id);
  require_ownership(path);
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) throw SystemError(path + ": cannot be removed: " + error.message());
  remove_empty_folder(folder);
}

}  // namespace edgesweep
