#include "host/sweep/axes.h"

#include <utility>

#include "host/config/schema.h"
#include "host/error.h"
#include "host/sweep/range.h"

namespace edgesweep {
namespace {

AxisSetting read_setting(const std::string& name, const OrderedJson& written,
                         const std::string& file, const std::string& parent) {
  AxisSetting setting{name, child_pointer(parent, name), {}, written.is_array()};
  if (setting.is_list) {
    for (size_t i = 0; i < written.size(); ++i) {
      check_setting(name, written[i], file, child_pointer(setting.place, std::to_string(i)));
      setting.values.emplace_back(written[i]);
    }
    return setting;
  }
  setting.values = expand_range(written, file, setting.place);
  for (const Json& value : setting.values)
    check_setting(name, OrderedJson(value), file, setting.place);
  return setting;
}

Axis read_group(const OrderedJson& group, const std::string& file, const std::string& place) {
  Axis axis;
  for (const auto& [name, written] : group.items()) {
    axis.settings.push_back(read_setting(name, written, file, place));
    const AxisSetting& first = axis.settings.front();
    const AxisSetting& last = axis.settings.back();
    if (last.values.size() != first.values.size())
      throw InputError(
          file, last.place,
          std::to_string(last.values.size()) + (last.values.size() == 1 ? " value" : " values"),
          std::to_string(first.values.size()) + ", as many as " + first.name +
              " of the same group has");
  }
  return axis;
}

bool is_part_of(const std::string& name, const std::string& whole) {
  return name == whole || name.compare(0, whole.size() + 1, whole + ".") == 0;
}

void refuse_overlaps(const std::vector<Axis>& axes, const std::string& file) {
  std::vector<const AxisSetting*> seen;
  for (const Axis& axis : axes) {
    for (const AxisSetting& setting : axis.settings) {
      for (const AxisSetting* other : seen)
        if (is_part_of(setting.name, other->name) || is_part_of(other->name, setting.name))
          throw InputError(file, setting.place,
                           "a setting that is swept at " + other->place + " as well",
                           "each setting on one axis");
      seen.push_back(&setting);
    }
  }
}

}  // namespace

size_t run_count(const std::vector<Axis>& axes) {
  size_t count = 1;  // at most kMaxRuns before each step and kMaxRuns per axis: no overflow
  for (const Axis& axis : axes) {
    count *= axis.size();
    if (count > kMaxRuns) break;
  }
  return count;
}

std::vector<Axis> read_axes(const OrderedJson& config, const std::string& file) {
  std::vector<Axis> axes;
  if (!config.contains("sweep")) return axes;
  for (const auto& [name, written] : config.at("sweep").items()) {
    if (name != "zip") {
      axes.push_back({{read_setting(name, written, file, "/sweep")}});
      continue;
    }
    for (size_t i = 0; i < written.size(); ++i)
      axes.push_back(read_group(written[i], file, "/sweep/zip/" + std::to_string(i)));
  }
  refuse_overlaps(axes, file);
  if (run_count(axes) > kMaxRuns)
    throw InputError(file, "/sweep",
                     "axes whose product is more than " + std::to_string(kMaxRuns) + " runs",
                     "at most " + std::to_string(kMaxRuns) + " runs");
  return axes;
}

}  // namespace edgesweep
