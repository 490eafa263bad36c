#pragma once
#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <string>

namespace edgesweep {

/// HDF5 does not only refuse damaged files: HDF5 1.10 divides by zero in some, and follows null
/// pointers in others, before anything can be asked about them. So each file is first opened in a
/// child process, where all of its groups, datasets, types, attributes and chunk indexes are looked
/// at and nothing is kept. Throws InputError(path) if the child did not survive that, or worked on
/// it without end; what HDF5 merely refuses is left to the reader's own, better message.
/// open: opens the file, which has `bytes` bytes; negative if it cannot. To be called as any
/// function of HDF5, from one thread at a time.
void try_hdf5_file(const std::string& path, uint64_t bytes, const std::function<hid_t()>& open);

}  // namespace edgesweep
