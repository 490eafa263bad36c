#pragma once
#include <string>
#include <vector>

#include "host/data/input_file.h"

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

}  // namespace edgesweep
