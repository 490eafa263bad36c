#pragma once
#include <cstddef>
#include <string>

namespace edgesweep {

/// SHA-256 of `size` bytes as 64 lower-case hex digits. Throws SystemError when the library
/// refuses.
std::string sha256_hex(const void* data, size_t size);

}  // namespace edgesweep
