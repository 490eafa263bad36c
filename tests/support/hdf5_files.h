#pragma once
#include <hdf5.h>

#include <string>
#include <utility>
#include <vector>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep::testing {

/// A new HDF5 file; user_block: 0 or a power of two from 512 up.
Hdf5Handle new_hdf5(const std::string& path, hsize_t user_block = 0);

/// Writes a contiguous dataset. stored: the type in the file, given: that of the values.
void add_dataset(hid_t location, const std::string& name, hid_t stored,
                 const std::vector<hsize_t>& shape, hid_t given, const void* values);

/// The dataset `name` of float64 values with 1 or more dimensions.
void add_doubles(hid_t location, const std::string& name, const std::vector<hsize_t>& shape,
                 const std::vector<double>& values);

/// An enumeration over int8 with these members.
Hdf5Handle enumeration(const std::vector<std::pair<std::string, int8_t>>& members);

/// A matrix as Octave's `save -hdf5` writes it: the group `name` with `type` and `value`.
void add_octave(hid_t location, const std::string& name, const std::string& type,
                const std::vector<hsize_t>& shape, const std::vector<double>& values);

/// Replaces the first `from` in the file, which must be there, by `to` of the same length.
void patch_bytes(const std::string& path, const std::string& from, const std::string& to);

/// The bytes that describe little-endian float64 in an old file, and the same with the version of
/// the description raised to 5, which HDF5 2.0 writes for complex numbers.
extern const std::string kFloat64Description;
extern const std::string kNewerDescription;

}  // namespace edgesweep::testing
