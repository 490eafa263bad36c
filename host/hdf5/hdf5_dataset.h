#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/hdf5/hdf5_group.h"
#include "host/hdf5/hdf5_number.h"

namespace edgesweep {

/// A dataset of numbers from outside whose place, type, shape and storage were checked.
struct Hdf5Dataset {
  Hdf5Group parent;   ///< the group it lies in
  std::string name;   ///< there
  std::string place;  ///< as messages name it
  Hdf5Handle handle;
  Hdf5Number number;
  std::vector<hsize_t> shape;
};

/// What a dataset must be.
struct Hdf5Wanted {
  int rank = 1;
  uint64_t most_values = 0;
  bool floats = true;
};

/// Opens dataset or Octave matrix `name` of a group. With rank 1, (n x 1) and (1 x n) are taken as
/// (n). Throws InputError.
Hdf5Dataset open_numbers(const Hdf5Group& group, const std::string& name, const Hdf5Wanted& wanted);

/// Reads what is selected of the dataset, `count` numbers, in the order of the memory space (both
/// may be H5S_ALL). first: position in the dataset of the first of them, for messages. Throws
/// InputError for damaged content, for R's NA among booleans and, as double, for the least int32
/// and int64.
void read_numbers(const Hdf5Dataset& dataset, hid_t memory_space, hid_t file_space, uint64_t first,
                  uint64_t count, double* values);
/// Values outside of int32 arrive as its smallest or largest value.
void read_numbers(const Hdf5Dataset& dataset, hid_t memory_space, hid_t file_space, uint64_t first,
                  uint64_t count, int32_t* values);

}  // namespace edgesweep
