#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace edgesweep {

/// How the numbers of a .npy array are stored.
struct NpyType {
  char kind = 'f';  ///< 'f' IEEE float, 'i' signed, 'u' unsigned, 'b' boolean
  int bytes = 8;
  bool big_endian = false;
};

/// The header of a .npy array. Format: NumPy's NEP 1, versions 1.0 to 3.0.
struct NpyHeader {
  NpyType type;
  bool column_major = false;
  std::vector<uint64_t> shape;
  uint64_t data_offset = 0;  ///< bytes before the first number
};

/// Bytes of a .npy file that are enough to know how long its header is.
inline constexpr size_t kNpyPreambleBytes = 12;

/// Length of the whole header (preamble included), from the first kNpyPreambleBytes bytes. Throws
/// InputError(file, name) for another format or version, or a header longer than 64 KiB.
uint64_t npy_header_bytes(const std::string& file, const std::string& name,
                          const std::vector<unsigned char>& preamble);

/// Reads the header: exactly npy_header_bytes() bytes. Throws InputError(file, name), in particular
/// for pickled Python objects (dtype O), which are refused by name and never unpickled.
NpyHeader parse_npy_header(const std::string& file, const std::string& name,
                           const std::vector<unsigned char>& header);

/// Converts `count` stored numbers to double. Integers beyond 2^53 are rounded to the nearest
/// double.
void npy_to_double(const NpyType& type, const unsigned char* stored, uint64_t count,
                   double* values);

}  // namespace edgesweep
