#pragma once
#include <functional>
#include <vector>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {
/// The HDF5 release whose file format is written. The metadata of both carries checksums.
enum class Hdf5Format {
  v18,   ///< chunks are found by B-trees, which every reader of HDF5 knows
  v110,  ///< newer indexes of chunks, smaller for small datasets
};

/// Writes a new HDF5 file, which `fill` fills, to the empty file behind `descriptor`, piece by
/// piece: it may be larger than memory. `fill` must close what it opens. Returns 0 or the first
/// error (errno) of the system; HDF5 never sees it, and what is written after it is dropped: HDF5
/// itself cannot be relied on once a write has failed. Throws SystemError for whatever HDF5
/// refuses.
int write_hdf5_file(Hdf5Format format, int descriptor, const std::function<void(hid_t file)>& fill);

namespace detail {
/// Opens a new file with the properties of every HDF5 file of ours. access: tells where it lies.
Hdf5Handle create_hdf5_file(Hdf5Format format, hid_t access, hsize_t user_block,
                            const std::string& what);
}  // namespace detail

// HDF5 files as bytes in memory. A full disk is then met by whoever writes the bytes, not somewhere
// inside HDF5.

/// The bytes of a new file that `fill` wrote. The first `user_block` bytes (0, or a power of two
/// from 512 up) are left zero for the caller. `fill` must close what it opens. Throws SystemError.
std::vector<unsigned char> hdf5_bytes(Hdf5Format format, hsize_t user_block,
                                      const std::function<void(hid_t file)>& fill);

}  // namespace edgesweep
