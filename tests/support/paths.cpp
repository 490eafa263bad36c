#include "tests/support/paths.h"

namespace edgesweep::testing {

std::string source_dir() { return EDGESWEEP_SOURCE_DIR; }

std::string program() { return EDGESWEEP_PROGRAM; }

}  // namespace edgesweep::testing
