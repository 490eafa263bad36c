#pragma once
#include <string>

#include "host/data/replay.h"

namespace edgesweep {

/// Writes a replay (host/data/replay.h), whole or not at all: the dataset `name`, sequences x
/// images, as unsigned integers of one or two bytes where these hold every value, else as int32;
/// not compressed, as random indices do not get much smaller and are read many times. The bytes
/// depend on the values alone. values: at least 0. Several threads may write files at once. Throws
/// SystemError when the file cannot be written.
void write_replay(const std::string& path, const std::string& name, const ReplayTable& table);

}  // namespace edgesweep
