#include "host/config/config_file.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>

#include "host/config/defaults.h"
#include "host/error.h"

namespace edgesweep {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void refuse_open(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG)
    throw InputError(path, "", "no such file", "a JSON file");
  throw SystemError(path + ": cannot be read: " + std::strerror(error));
}

/// The whole file; a pipe is as good. Never more than the limit is held.
std::string read_text(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw InputError(path, "", "a directory", "a JSON file");
  errno = 0;
  const std::unique_ptr<std::FILE, CloseFile> file(
      std::fopen(path == "-" ? "/dev/stdin" : path.c_str(), "rb"));
  if (!file) refuse_open(path, errno);
  std::string text;
  std::string block(size_t{1} << 16, '\0');
  size_t count = 0;
  while ((count = std::fread(block.data(), 1, block.size(), file.get())) > 0) {
    text.append(block, 0, count);
    if (text.size() > kMaxBytes)
      throw InputError(path, "", "more than 16 MiB", "a JSON file of at most 16 MiB");
  }
  if (std::ferror(file.get()) != 0)
    throw SystemError(path + ": cannot be read: " + std::strerror(errno));
  return text;
}

}  // namespace

OrderedJson read_json_file(const std::string& path) { return parse_json(read_text(path), path); }

namespace {

constexpr const char* kScaled[] = {"dqn.schedule", "dqn.training_sequences.sequences",
                                   "dqn.validation.sequences", "test.sequences"};

int64_t scaled_count(const OrderedJson& count, double scale) {
  return std::max(int64_t{1}, static_cast<int64_t>(std::llround(count.get<double>() * scale)));
}

/// A schedule or a number of sequences; what is neither is left to the checks that follow.
void scale_value(OrderedJson& value, double scale) {
  if (value.is_number_integer()) value = scaled_count(value, scale);
  if (!value.is_array()) return;
  for (OrderedJson& phase : value)
    if (phase.is_object() && phase.contains("iterations"))
      phase["iterations"] = scaled_count(phase.at("iterations"), scale);
}

void scale_axes(OrderedJson& axes, const std::string& name, double scale) {
  if (!axes.contains(name) || !axes.at(name).is_array()) return;
  for (OrderedJson& value : axes.at(name)) scale_value(value, scale);
}

bool sweeps(const OrderedJson& config, const std::string& name) {
  if (!config.contains("sweep")) return false;
  const OrderedJson& sweep = config.at("sweep");
  if (sweep.contains(name)) return true;
  return sweep.contains("zip") &&
         std::any_of(sweep.at("zip").begin(), sweep.at("zip").end(),
                     [&](const OrderedJson& group) { return group.contains(name); });
}

/// Which schedule is to be scaled must not hang on an axis.
void check_schedule(const OrderedJson& config, const std::string& file) {
  const OrderedJson::json_pointer schedule("/base/dqn/schedule");
  if (!sweeps(config, "dqn.recipe") || sweeps(config, "dqn.schedule") || config.contains(schedule))
    return;
  throw InputError(file, "scale", "a sweep over dqn.recipe whose schedules are the recipes' own",
                   "dqn.schedule written out, or no scale");
}

}  // namespace

bool is_scaled(const std::string& setting) {
  return std::find(std::begin(kScaled), std::end(kScaled), setting) != std::end(kScaled);
}

void apply_scale(OrderedJson& config, double scale, const std::string& file) {
  config.erase("scale");
  if (scale == 1) return;
  check_schedule(config, file);
  Json defaults(config.at("base"));
  fill_defaults(defaults);
  const OrderedJson filled(defaults);
  for (const char* setting : kScaled) {
    const std::string name = setting;
    std::string pointer = "/" + name;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const OrderedJson::json_pointer place(pointer);
    OrderedJson& base = config.at("base");
    OrderedJson value = base.contains(place) ? base.at(place) : filled.at(place);
    scale_value(value, scale);
    base[place] = std::move(value);
    if (!config.contains("sweep")) continue;
    scale_axes(config.at("sweep"), name, scale);
    if (!config.at("sweep").contains("zip")) continue;
    for (OrderedJson& group : config.at("sweep").at("zip")) scale_axes(group, name, scale);
  }
}

}  // namespace edgesweep
