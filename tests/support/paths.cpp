#include "tests/support/paths.h"

namespace edgesweep::testing {

std::string source_dir() { return EDGESWEEP_SOURCE_DIR; }

}  // namespace edgesweep::testing
