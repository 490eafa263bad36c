#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace edgesweep {

/// An array of a .npz file: float64, float32 or int32, row-major, or a text (ASCII). An empty
/// shape: one dimension, or, of a text, none.
struct NpzEntry {
  std::string name;  ///< without .npy
  std::variant<std::vector<double>, std::vector<float>, std::vector<int32_t>, std::string> values;
  // Not redundant: g++ warns of initialisers that leave out a member without one.
  std::vector<uint64_t> shape = {};  // NOLINT(readability-redundant-member-init)
};

/// The bytes of a .npz file with deflated entries in this order, as numpy.load reads it. They do
/// not depend on when or where they are made. Throws SystemError for whatever libzip refuses.
std::vector<unsigned char> npz_bytes(const std::vector<NpzEntry>& entries);

}  // namespace edgesweep
