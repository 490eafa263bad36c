#include "host/engine/plan/control_groups.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

namespace edgesweep {
namespace {

using Words = std::vector<std::string>;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

Words split(const std::string& text, char separator) {
  Words words;
  std::istringstream rest(text);
  for (std::string word; std::getline(rest, word, separator);) words.push_back(word);
  return words;
}

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// A mounted hierarchy: the group `root` of it lies at `folder`.
struct Mount {
  bool unified = false;
  Words controllers;  ///< version 1
  std::string root, folder;
};

/// Lines "36 35 98:0 ROOT FOLDER options ... - TYPE source options,controllers".
std::vector<Mount> read_mounts(const std::string& path) {
  std::vector<Mount> mounts;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Words words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 5 || words.end() - dash < 4) continue;
    const std::string& type = *(dash + 1);
    if (type == "cgroup2")
      mounts.push_back({true, {}, words[3], words[4]});
    else if (type == "cgroup")
      mounts.push_back({false, split(*(dash + 3), ','), words[3], words[4]});
  }
  return mounts;
}

/// The process's group in the hierarchy: lines "4:cpu,cpuacct:/path", version 2 "0::/path".
std::string own_group(const std::string& path, const std::string& controller) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const Words controllers = split(line.substr(first + 1, second - first - 1), ',');
    if (controller.empty() ? controllers.empty() : contains(controllers, controller))
      return line.substr(second + 1);
  }
  return "/";
}

/// A group and all around it, innermost first. In a container the path may begin above what is
/// mounted (then its beginning is the mount's root), or may not exist: the outermost folder is the
/// container's.
void add_folders(const Mount& mount, std::string group, Words& folders) {
  if (group.starts_with(mount.root + "/") || group == mount.root) group.erase(0, mount.root.size());
  if (!group.starts_with('/')) group.clear();
  for (; group.size() > 1; group.erase(group.rfind('/'))) folders.push_back(mount.folder + group);
  folders.push_back(mount.folder);
}

/// controller: empty for version 2.
Words folders_of(const ControlGroupFiles& files, const std::vector<Mount>& mounts,
                 const std::string& controller) {
  Words folders;
  const std::string group = own_group(files.own, controller);
  for (const Mount& mount : mounts)
    if (controller.empty() ? mount.unified : contains(mount.controllers, controller))
      add_folders(mount, group, folders);
  if (folders.empty())
    add_folders(
        {controller.empty(), {}, "/", files.folder + (controller.empty() ? "" : "/") + controller},
        group, folders);
  return folders;
}

/// The number that a file begins with; -1 for "max" and where there is none.
double number_in(const std::string& path) {
  std::ifstream file(path);
  double value = -1;
  return file >> value ? value : -1;
}

double least(const Words& folders, const char* name) {
  double result = kNoLimit;
  for (const std::string& folder : folders) {
    const double limit = number_in(folder + "/" + name);
    if (limit > 0) result = std::min(result, limit);
  }
  return result;
}

}  // namespace

ControlGroups::ControlGroups(const ControlGroupFiles& files) {
  const std::vector<Mount> mounts = read_mounts(files.mounts);
  unified_ = folders_of(files, mounts, "");
  cpu_ = folders_of(files, mounts, "cpu");
  memory_ = folders_of(files, mounts, "memory");
  pids_ = folders_of(files, mounts, "pids");
}

double ControlGroups::processors() const {
  double result = kNoLimit;
  const auto take = [&](double quota, double period) {
    if (quota > 0 && period > 0) result = std::min(result, quota / period);
  };
  for (const std::string& folder : unified_) {
    std::ifstream file(folder + "/cpu.max");  // "max PERIOD" or "QUOTA PERIOD", in microseconds
    double quota = 0;
    double period = 0;
    if (file >> quota >> period) take(quota, period);
  }
  for (const std::string& folder : cpu_)
    take(number_in(folder + "/cpu.cfs_quota_us"), number_in(folder + "/cpu.cfs_period_us"));
  return result;
}

double ControlGroups::memory() const {
  return std::min(least(unified_, "memory.max"), least(memory_, "memory.limit_in_bytes"));
}

double ControlGroups::threads() const {
  return std::min(least(unified_, "pids.max"), least(pids_, "pids.max"));
}

}  // namespace edgesweep
