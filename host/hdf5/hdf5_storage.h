#pragma once
#include <hdf5.h>

#include <cstdint>
#include <string>
#include <vector>

namespace edgesweep {

/// Checks how a dataset from outside is stored, before HDF5 is asked to read it: HDF5 trusts that
/// every compressed chunk unpacks to exactly one chunk, and would take whatever memory a forged one
/// asks for. Accepts compact, contiguous and chunked datasets that are complete and inside this
/// file, with the filters gzip, shuffle and fletcher32; each chunk is unpacked once through a small
/// window and its length compared. Throws InputError(file, name).
void check_hdf5_storage(const std::string& file, const std::string& name, hid_t dataset,
                        const std::vector<hsize_t>& shape, uint64_t item_bytes);

}  // namespace edgesweep
