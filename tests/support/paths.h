#pragma once

#include <string>

namespace edgesweep::testing {

/// The folder of the sources, without a slash at its end.
std::string source_dir();

/// The program under test.
std::string program();

/// A library to preload (LD_PRELOAD) that changes what the system answers: tests/preload.
std::string preloaded_system();

// Each is told to one file alone, so that a build in another folder compiles only that one again.

}  // namespace edgesweep::testing
