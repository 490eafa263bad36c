#pragma once
#include <cstddef>
#include <memory>
#include <string>

namespace edgesweep {

/// A SHA-256 of bytes that come one piece after another. Throws SystemError when the library
/// refuses.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(const void* data, size_t size);
  /// As 64 lower-case hex digits. Ends the hash: nothing can be added after it.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of `size` bytes as 64 lower-case hex digits. Throws SystemError when the library
/// refuses.
std::string sha256_hex(const void* data, size_t size);

/// The same of a file's content, read piece by piece: it may be larger than memory. Throws
/// SystemError when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace edgesweep
