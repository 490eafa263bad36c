#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/input_file.h"

namespace edgesweep {

/// Most numbers of one dataset array: 1 GiB as doubles. Arrays that declare more are refused before
/// memory is taken.
inline constexpr uint64_t kMaxArrayValues = uint64_t{1} << 27;

/// Most images of one split of a dataset, .npz or HDF5: more than ImageNet's training images. A
/// dataset of so many takes some 300 MiB; arrays that declare more are refused before memory is
/// taken.
inline constexpr uint64_t kMaxImages = uint64_t{1} << 21;

/// True if the bytes begin as a zip archive does.
bool is_npz(const InputFile& file);

/// Throws InputError for lengths or a shape that the caller has no use for.
using ShapeCheck = std::function<void(const std::vector<uint64_t>&)>;

/// The one-dimensional arrays `names` of a .npz file, (n x 1) and (1 x n) among them, in that
/// order, converted to double. `check` gets their lengths before any value is unpacked. Never
/// unpickles, and reads no further than the arrays' declared sizes. Throws InputError naming the
/// array: missing, damaged, of another type or shape, or larger than declared.
std::vector<std::vector<double>> read_npz(const InputFile& file,
                                          const std::vector<std::string>& names,
                                          const ShapeCheck& check);

/// An array of any shape as read, row-major.
struct NpzArray {
  std::vector<uint64_t> shape;
  std::vector<double> values;
};

/// One array with `rank` dimensions and at most kMaxArrayValues numbers. As above; `expected`: the
/// names that belong in such a file. An array of more than 16 MiB whose file has less than a 256th
/// of that for it is refused: real logits do not shrink so far.
NpzArray read_npz_array(const InputFile& file, const std::string& name, size_t rank,
                        const std::vector<std::string>& expected, const ShapeCheck& check);

/// Names of the arrays in the order of the file.
std::vector<std::string> npz_names(const InputFile& file);

}  // namespace edgesweep
