#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/input_file.h"

namespace edgesweep {

/// Most numbers of one dataset array: 1 GiB as doubles. Arrays that declare more are refused before
/// memory is taken.
inline constexpr uint64_t kMaxArrayValues = uint64_t{1} << 27;

/// True if the bytes begin as a zip archive does.
bool is_npz(const InputFile& file);

/// The one-dimensional arrays `names` of a .npz file, in that order, converted to double. Never
/// unpickles, and reads no further than the arrays' declared sizes. Throws InputError naming the
/// array: missing, damaged, of another type or shape, or larger than declared.
std::vector<std::vector<double>> read_npz(const InputFile& file,
                                          const std::vector<std::string>& names);

/// An array of any shape as read, row-major.
struct NpzArray {
  std::vector<uint64_t> shape;
  std::vector<double> values;
};

/// One array with `rank` dimensions and at most kMaxArrayValues numbers. As above; `expected`: the
/// names that belong in such a file.
NpzArray read_npz_array(const InputFile& file, const std::string& name, size_t rank,
                        const std::vector<std::string>& expected);

/// Names of the arrays in the order of the file.
std::vector<std::string> npz_names(const InputFile& file);

}  // namespace edgesweep
