#pragma once
#include <string>
#include <vector>

#include "host/config/json_text.h"

namespace edgesweep {

/// Reads a JSON file of at most 16 MiB (see parse_json). Throws InputError when there is no such
/// file, it is a directory, too large or not JSON; SystemError when the machine refuses to read it.
OrderedJson read_json_file(const std::string& path);

/// Applies `--set key=value` texts to a config, in order. key: a setting ("rate", "dqn.width").
/// value: JSON, or a string if it is not JSON. A value of the setting replaces it in base and takes
/// away its axis, if it has one; a list of values or a range becomes its axis, in the place of the
/// old one if there is one, else as the last. A whole metric_sequence takes away the axes of its
/// members too, and a member that of the whole. Throws InputError, place "--set".
void apply_overrides(OrderedJson& config, const std::vector<std::string>& overrides,
                     const std::string& file);

}  // namespace edgesweep
