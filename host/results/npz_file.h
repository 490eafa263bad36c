#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace edgesweep {

/// An array of a .npz file: float64, float32 or int32, row-major, or a text (ASCII).
struct NpzEntry {
  std::string name;  ///< without .npy
  std::variant<std::vector<double>, std::vector<float>, std::vector<int32_t>, std::string> values;
  std::vector<uint64_t> shape = {};  ///< empty: one dimension, or, of a text, none
};

/// The bytes of a .npz file with deflated entries in this order, as numpy.load reads it. They do
/// not depend on when or where they are made. Throws SystemError for whatever libzip refuses.
std::vector<unsigned char> npz_bytes(const std::vector<NpzEntry>& entries);

}  // namespace edgesweep
