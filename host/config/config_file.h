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

/// Does a scale change the setting of this name?
bool is_scaled(const std::string& setting);

/// Multiplies the iterations of every phase of dqn.schedule and the sequences of test,
/// dqn.training_sequences and dqn.validation by `scale`, rounded to the nearest whole number, at
/// least 1: in base, where the defaults of those left out are written, and on axes. Takes the key
/// `scale` away. config: valid, without include. scale: > 0, at most 1; at 1 nothing is written.
/// Throws InputError (file) where the schedule is left to a dqn.recipe that is swept.
void apply_scale(OrderedJson& config, double scale, const std::string& file);

}  // namespace edgesweep
