#include "host/config/scale.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "host/config/defaults.h"
#include "host/error.h"

namespace edgesweep {
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
