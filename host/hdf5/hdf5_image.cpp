#include "host/hdf5/hdf5_image.h"

#include <cstdlib>
#include <cstring>

#include "host/error.h"
#include "host/hdf5/hdf5_file.h"

namespace edgesweep {
namespace {

/// The memory HDF5's core driver keeps a file in, taken over when HDF5 closes it.
/// (H5Fget_file_image would copy, and in 1.10 it clears a flag in the superblock without renewing
/// the superblock's checksum.)
struct ImageMemory {
  unsigned char* data = nullptr;
  size_t size = 0;
  bool closed = false;

  ImageMemory() = default;
  ~ImageMemory() { std::free(data); }
  ImageMemory(const ImageMemory&) = delete;
  ImageMemory& operator=(const ImageMemory&) = delete;
};

void* resize_image(void* old, size_t size, H5FD_file_image_op_t, void* memory) {
  auto* image = static_cast<ImageMemory*>(memory);
  void* resized = std::realloc(old, size);
  if (resized == nullptr) return nullptr;
  image->data = static_cast<unsigned char*>(resized);
  image->size = size;
  return resized;
}

void* allocate_image(size_t size, H5FD_file_image_op_t operation, void* memory) {
  return resize_image(nullptr, size, operation, memory);
}

void* copy_image(void* to, const void* from, size_t size, H5FD_file_image_op_t, void*) {
  return std::memcpy(to, from, size);
}

/// Nothing is freed: ImageMemory does that.
herr_t keep_image(void*, H5FD_file_image_op_t operation, void* memory) {
  if (operation == H5FD_FILE_IMAGE_OP_FILE_CLOSE) static_cast<ImageMemory*>(memory)->closed = true;
  return 0;
}

void* same_memory(void* memory) { return memory; }
herr_t leave_memory(void*) { return 0; }

Hdf5Handle create_file(Hdf5Format format, hsize_t user_block, ImageMemory& memory) {
  constexpr size_t kGrowth = size_t{1} << 20;
  const std::string what = "HDF5 file in memory";
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, what);
  hdf5_check(H5Pset_fapl_core(access.get(), kGrowth, false), what);
  H5FD_file_image_callbacks_t callbacks{allocate_image, copy_image,   resize_image, keep_image,
                                        same_memory,    leave_memory, &memory};
  hdf5_check(H5Pset_file_image_callbacks(access.get(), &callbacks), what);
  return detail::create_hdf5_file(format, access.get(), user_block, what);
}

/// The driver's memory grows in steps; where the file ends stands in its superblock (versions 2 and
/// 3: at byte 28).
size_t file_size(const ImageMemory& memory, hsize_t user_block) {
  constexpr size_t kEndOfFile = 28;
  uint64_t size = 0;
  if (!memory.closed || memory.size < user_block + kEndOfFile + sizeof(size))
    throw SystemError("HDF5 file in memory: was not closed");
  std::memcpy(&size, memory.data + user_block + kEndOfFile, sizeof(size));
  const unsigned char superblock = memory.data[user_block + 8];
  if ((superblock != 2 && superblock != 3) || size > memory.size)
    throw SystemError("HDF5 file in memory: has an unknown superblock");
  return size;
}

}  // namespace

std::vector<unsigned char> hdf5_image(Hdf5Format format, hsize_t user_block,
                                      const std::function<void(hid_t)>& fill) {
  ImageMemory memory;
  Hdf5Handle file = create_file(format, user_block, memory);
  fill(file.get());
  file.close("HDF5 file in memory");
  return {memory.data, memory.data + file_size(memory, user_block)};
}

}  // namespace edgesweep
