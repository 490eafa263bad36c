#pragma once
#include <zlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace edgesweep::testing {

/// The bytes of a zip archive of stored entries (name, content), with right checksums.
inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  const auto number = [](uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
    return text;
  };
  std::string archive, directory;
  for (const auto& [name, content] : entries) {
    const auto sum =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    // Version, flags, method, time and date; then checksum, sizes, lengths of name and extra field.
    const std::string fields = number(20, 2) + number(0, 4) + number(0, 2) + number(33, 2) +
                               number(sum, 4) + number(content.size(), 4) +
                               number(content.size(), 4) + number(name.size(), 2) + number(0, 2);
    directory += "PK\x01\x02" + number(20, 2) + fields + number(0, 8) + number(0, 2) +
                 number(archive.size(), 4);
    directory += name;
    archive += "PK\x03\x04" + fields + name + content;
  }
  return archive + directory + "PK\x05\x06" + number(0, 4) + number(entries.size(), 2) +
         number(entries.size(), 2) + number(directory.size(), 4) + number(archive.size(), 4) +
         number(0, 2);
}

}  // namespace edgesweep::testing
