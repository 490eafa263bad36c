#pragma once
#include <string>
#include <vector>

namespace edgesweep::testing {

/// A folder of its own under the system's temporary folder, removed with its content at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// What is in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::string path_;
};

std::string read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

/// Throws where the helper of a test could not write `what`.
void require_written(bool ok, const std::string& what);

bool contains(const std::string& text, const std::string& part);

/// With `to` in place of the first `from`. Throws where there is none: the test has a mistake.
std::string replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace edgesweep::testing
