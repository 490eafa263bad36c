#include "tests/support/paths.h"

namespace edgesweep::testing {

std::string program() { return EDGESWEEP_PROGRAM; }

std::string preloaded_system() { return EDGESWEEP_PRELOAD; }

}  // namespace edgesweep::testing
