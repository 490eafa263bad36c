#include "host/hdf5/hdf5_file.h"

#include <unistd.h>
#if H5_VERSION_GE(1, 14, 0)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "host/error.h"

namespace edgesweep {
namespace {

/// What HDF5's driver is told about a file.
struct Target {
  int descriptor = -1;
  int* error = nullptr;  ///< the first one, 0 so far
};

/// HDF5 hands pointers to the base around.
struct TargetFile : H5FD_t {
  Target target;
  haddr_t end_of_addresses = 0;
  haddr_t size = 0;
};

TargetFile& file_of(H5FD_t* file) { return *static_cast<TargetFile*>(file); }
const TargetFile& file_of(const H5FD_t* file) { return *static_cast<const TargetFile*>(file); }

H5FD_t* open_target(const char*, unsigned, hid_t access, haddr_t) {
  auto* file = new (std::nothrow) TargetFile{};
  if (file != nullptr) file->target = *static_cast<const Target*>(H5Pget_driver_info(access));
  return file;
}

herr_t close_target(H5FD_t* file) {
  delete &file_of(file);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t end_of_addresses(const H5FD_t* file, H5FD_mem_t) { return file_of(file).end_of_addresses; }

herr_t set_end_of_addresses(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  file_of(file).end_of_addresses = address;
  return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t) { return file_of(file).size; }

/// Zeros beyond what was written.
herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* buffer) {
  auto* to = static_cast<unsigned char*>(buffer);
  while (size > 0) {
    const ssize_t got =
        pread(file_of(file).target.descriptor, to, size, static_cast<off_t>(address));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      int& error = *file_of(file).target.error;
      if (error == 0) error = errno;
      return -1;
    }
    if (got == 0) break;
    to += got;
    address += static_cast<haddr_t>(got);
    size -= static_cast<size_t>(got);
  }
  std::memset(to, 0, size);
  return 0;
}

herr_t write(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, const void* buffer) {
  const Target& target = file_of(file).target;
  const auto* from = static_cast<const unsigned char*>(buffer);
  file_of(file).size = std::max(file_of(file).size, address + size);
  while (size > 0 && *target.error == 0) {
    const ssize_t written = pwrite(target.descriptor, from, size, static_cast<off_t>(address));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) *target.error = written < 0 ? errno : ENOSPC;
    if (written <= 0) break;
    from += written;
    address += static_cast<haddr_t>(written);
    size -= static_cast<size_t>(written);
  }
  return 0;
}

/// A file ends where its addresses do.
herr_t truncate(H5FD_t* file, hid_t, hbool_t) {
  TargetFile& target = file_of(file);
  if (target.size == target.end_of_addresses || *target.target.error != 0) return 0;
  const int failed =
      ftruncate(target.target.descriptor, static_cast<off_t>(target.end_of_addresses));
  if (failed != 0 && *target.target.error == 0) *target.target.error = errno;
  target.size = target.end_of_addresses;
  return 0;
}

/// HDF5's number of the driver above.
hid_t target_driver() {
  static const H5FD_class_t driver = [] {
    H5FD_class_t made{};
#if H5_VERSION_GE(1, 14, 0)
    made.version = H5FD_CLASS_VERSION;
    made.value = static_cast<H5FD_class_value_t>(300);  // of the numbers for tests
#endif
    made.name = "edgesweep file";
    made.maxaddr = (haddr_t{1} << 62) - 1;
    made.fc_degree = H5F_CLOSE_WEAK;
    made.fapl_size = sizeof(Target);
    made.open = open_target;
    made.close = close_target;
    made.query = query;
    made.get_eoa = end_of_addresses;
    made.set_eoa = set_end_of_addresses;
    made.get_eof = end_of_file;
    made.read = read;
    made.write = write;
    made.truncate = truncate;
    return made;
  }();
  static const hid_t id = H5FDregister(&driver);
  return id;
}

}  // namespace

Hdf5Handle detail::create_hdf5_file(Hdf5Format format, hid_t access, hsize_t user_block,
                                    const std::string& what) {
  static std::atomic<unsigned> counter{0};  // HDF5 takes two files of one name for one
  const std::string name = "edgesweep " + std::to_string(counter++);
  const H5F_libver_t version = format == Hdf5Format::v18 ? H5F_LIBVER_V18 : H5F_LIBVER_V110;
  hdf5_check(H5Pset_libver_bounds(access, version, version), what);
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, what);
  hdf5_check(H5Pset_userblock(creation.get(), user_block), what);
  hdf5_check(H5Pset_obj_track_times(creation.get(), false), what);
  return {H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.get(), access), H5Fclose, what};
}

int write_hdf5_file(Hdf5Format format, int descriptor, const std::function<void(hid_t)>& fill) {
  const std::string what = "HDF5 file";
  auto error = std::make_unique<int>(0);
  const Target target{descriptor, error.get()};
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, what);
  hdf5_check(H5Pset_driver(access.get(), target_driver(), &target), what);
  try {
    Hdf5Handle file = detail::create_hdf5_file(format, access.get(), 0, what);
    fill(file.get());
    file.close(what);
  } catch (const SystemError&) {
    // HDF5 may still have the file, and ask for something at the end of the program: it must find
    // where errors are told, and one that keeps it off the descriptor, which may be another's by
    // then.
    static std::vector<std::unique_ptr<int>> kept;
    kept.push_back(std::move(error));
    int& first = *kept.back();
    if (first != 0) return first;  // HDF5 read back what could not be written
    first = EIO;
    throw;
  }
  return *error;
}

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

std::vector<unsigned char> hdf5_bytes(Hdf5Format format, hsize_t user_block,
                                      const std::function<void(hid_t)>& fill) {
  ImageMemory memory;
  Hdf5Handle file = create_file(format, user_block, memory);
  fill(file.get());
  file.close("HDF5 file in memory");
  return {memory.data, memory.data + file_size(memory, user_block)};
}

}  // namespace edgesweep
