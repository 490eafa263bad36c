#pragma once
#include <functional>
#include <vector>

#include "host/hdf5/hdf5_file.h"

namespace edgesweep {

// HDF5 files as bytes in memory. A full disk is then met by whoever writes the bytes, not somewhere
// inside HDF5.

/// The bytes of a new file that `fill` wrote. The first `user_block` bytes (0, or a power of two
/// from 512 up) are left zero for the caller. `fill` must close what it opens. Throws SystemError.
std::vector<unsigned char> hdf5_image(Hdf5Format format, hsize_t user_block,
                                      const std::function<void(hid_t file)>& fill);

}  // namespace edgesweep
