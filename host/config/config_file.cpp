#include "host/config/config_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void refuse_open(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG)
    throw InputError(path, "", "no such file", "a JSON file");
  throw SystemError(path + ": cannot be read: " + std::strerror(error));
}

/// The whole file; a pipe is as good. Never more than the limit is held.
std::string read_text(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw InputError(path, "", "a directory", "a JSON file");
  errno = 0;
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) refuse_open(path, errno);
  std::string text;
  std::string block(size_t{1} << 16, '\0');
  size_t count = 0;
  while ((count = std::fread(block.data(), 1, block.size(), file.get())) > 0) {
    text.append(block, 0, count);
    if (text.size() > kMaxBytes)
      throw InputError(path, "", "more than 16 MiB", "a JSON file of at most 16 MiB");
  }
  if (std::ferror(file.get()) != 0)
    throw SystemError(path + ": cannot be read: " + std::strerror(errno));
  return text;
}

}  // namespace

OrderedJson read_json_file(const std::string& path) { return parse_json(read_text(path), path); }

}  // namespace edgesweep
