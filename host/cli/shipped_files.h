#pragma once
#include <string>

namespace edgesweep {

/// Where a file or folder lies that comes with the program (name: configs/quickstart.json,
/// experiments/published/at_our_level): in this folder, in the one that the environment variable
/// EDGESWEEP_DATA names, in that of the installed program (share/edgesweep next to bin), or in the
/// program's folder or one above it, as in the sources with their build. Empty: in none of them.
std::string shipped_file(const std::string& name);

/// The path of a config: as it is where it leads to something or is absolute, else that of the
/// shipped config of this name, which standard error then tells; else as it is, too.
std::string config_path(const std::string& path);

}  // namespace edgesweep
