#pragma once
#include <functional>
#include <vector>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {

// HDF5 files as bytes in memory. A full disk is then met by whoever writes the bytes, not somewhere
// inside HDF5.

/// The HDF5 release whose file format is written. The metadata of both carries checksums.
enum class Hdf5Format {
  v18,   ///< chunks are found by B-trees, which every reader of HDF5 knows
  v110,  ///< newer indexes of chunks, smaller for small datasets
};

/// The bytes of a new file that `fill` wrote. The first `user_block` bytes (0, or a power of two
/// from 512 up) are left zero for the caller. `fill` must close what it opens. Throws SystemError.
std::vector<unsigned char> hdf5_image(Hdf5Format format, hsize_t user_block,
                                      const std::function<void(hid_t file)>& fill);

}  // namespace edgesweep
