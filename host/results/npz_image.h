#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace edgesweep {

/// An array of a .npz file: one dimension of float64 or int32, or a text (ASCII) without any.
struct NpzEntry {
  std::string name;  ///< without .npy
  std::variant<std::vector<double>, std::vector<int32_t>, std::string> values;
};

/// The bytes of a .npz file with deflated entries in this order, as numpy.load reads it. They do
/// not depend on when or where they are made. Throws SystemError for whatever libzip refuses.
std::vector<unsigned char> npz_image(const std::vector<NpzEntry>& entries);

}  // namespace edgesweep
