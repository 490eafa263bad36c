#include "host/cli/shipped_files.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "host/cli/terminal.h"

namespace edgesweep {
namespace {

namespace fs = std::filesystem;

/// The folders that may hold the shipped files, best first.
std::vector<fs::path> shipped_folders() {
  std::vector<fs::path> folders;
  const char* const named = std::getenv("EDGESWEEP_DATA");
  if (named != nullptr && *named != '\0') folders.emplace_back(named);
  std::error_code none;  // where the system does not tell, the program's folder is empty
  const fs::path program = fs::read_symlink("/proc/self/exe", none).parent_path();
  if (program.empty()) return folders;
  folders.push_back((program / EDGESWEEP_DATA_FROM_PROGRAM).lexically_normal());
  for (fs::path folder = program; folder.has_relative_path(); folder = folder.parent_path())
    folders.push_back(folder);
  return folders;
}

}  // namespace

std::string shipped_file(const std::string& name) {
  std::error_code none;
  if (fs::exists(name, none)) return name;
  for (const fs::path& folder : shipped_folders())
    if (fs::exists(folder / name, none)) return (folder / name).string();
  return "";
}

std::string config_path(const std::string& path) {
  std::error_code none;
  if (path.empty() || fs::path(path).is_absolute() || fs::exists(path, none)) return path;
  std::string shipped = shipped_file(path);
  if (shipped.empty()) return path;
  print_message("Config: " + shipped + "\n");
  return shipped;
}

}  // namespace edgesweep
