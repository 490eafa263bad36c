#pragma once

#include <string>

namespace edgesweep::testing {

/// The folder of the sources, without a slash at its end.
std::string source_dir();

/// The program under test. Both are told to one file alone, so that a build in another folder
/// compiles only that one again.
std::string program();

}  // namespace edgesweep::testing
