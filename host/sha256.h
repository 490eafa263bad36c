#pragma once
#include <cstddef>
#include <string>

namespace edgesweep {

/// SHA-256 of `size` bytes as 64 lower-case hex digits. Throws SystemError when the library
/// refuses.
std::string sha256_hex(const void* data, size_t size);

/// The same of a file's content, read piece by piece: it may be larger than memory. Throws
/// SystemError when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace edgesweep
