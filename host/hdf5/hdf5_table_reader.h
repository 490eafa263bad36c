#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "host/hdf5/hdf5_group.h"
#include "host/hdf5/hdf5_table.h"

namespace edgesweep {

// Reads what hdf5_table.h writes, from a file that is not trusted: types, shapes and storage are
// checked before memory is taken, and all reading of a file together takes no more than its bytes
// can hold. All functions throw InputError with the file, where its group knows one, and the place.

/// Columns to read, by name. After the call each holds the table's values, converted to the kind of
/// column it is. A table of more than most_rows rows is refused.
void read_table(const Hdf5Group& group, const std::string& name, std::vector<Column>& columns,
                uint64_t most_rows = std::numeric_limits<uint64_t>::max());

std::vector<hsize_t> array_shape(const Hdf5Group& group, const std::string& name);

/// All values of a dataset of exactly this type, whatever its shape, in row-major order.
template <typename T>
std::vector<T> read_array(const Hdf5Group& group, const std::string& name);

// Attributes of the group itself.
int64_t read_integer_attribute(const Hdf5Group& group, const std::string& name);
double read_number_attribute(const Hdf5Group& group, const std::string& name);
std::string read_text_attribute(const Hdf5Group& group, const std::string& name);
Texts read_texts_attribute(const Hdf5Group& group, const std::string& name);

}  // namespace edgesweep
