#pragma once
#include <string>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {

/// One setting of an axis and the values it takes.
struct AxisSetting {
  std::string name;   ///< "dqn.width"
  std::string place;  ///< JSON path in the config: "/sweep/dqn.width" or "/sweep/zip/0/dqn.width"
  std::vector<Json> values;  ///< valid values of the setting
  bool is_list = false;      ///< written as a list: value i stands at place/i
};

/// Settings that step together; a single setting is a group of one.
struct Axis {
  std::vector<AxisSetting> settings;  ///< equally many values each

  size_t size() const { return settings.front().values.size(); }
};

/// The axes of a config that check_config accepts, in the order written, ranges expanded. Throws
/// InputError for a value that its setting does not allow, groups of unequal lengths, a setting
/// swept twice, more than kMaxRuns runs.
std::vector<Axis> read_axes(const OrderedJson& config, const std::string& file);

/// The number of runs: the product of the axes' sizes.
size_t run_count(const std::vector<Axis>& axes);

}  // namespace edgesweep
