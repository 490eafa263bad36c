#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {

// A checkpoint file: a header of text lines in the first 512 bytes, which HDF5 skips, then an HDF5
// file. The header's last line is the SHA-256 of the rest, so nothing of that is looked at before
// it is found whole. May be called from any thread.

constexpr size_t kSealBytes = 512;

/// lines: the header but for its last line, which is added.
std::vector<unsigned char> sealed_bytes(const std::string& lines,
                                        const std::function<void(hid_t)>& fill);

/// Whether the image has just this header, the SHA-256 included.
bool seal_holds(const std::string& lines, const std::vector<unsigned char>& image);

}  // namespace edgesweep
