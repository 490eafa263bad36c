#include "host/config/scale.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "host/config/explain.h"
#include "host/config/schema.h"

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

}  // namespace

void apply_scale(OrderedJson& config, double scale) {
  config.erase("scale");
  if (scale == 1) return;
  for (const char* setting : kScaled) {
    const std::string name = setting;
    std::string pointer = "/" + name;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const OrderedJson::json_pointer place(pointer);
    OrderedJson& base = config.at("base");
    OrderedJson value = base.contains(place) ? base.at(place) : setting_schema(name)->at("default");
    scale_value(value, scale);
    base[place] = std::move(value);
    if (!config.contains("sweep")) continue;
    scale_axes(config.at("sweep"), name, scale);
    if (!config.at("sweep").contains("zip")) continue;
    for (OrderedJson& group : config.at("sweep").at("zip")) scale_axes(group, name, scale);
  }
}

}  // namespace edgesweep
