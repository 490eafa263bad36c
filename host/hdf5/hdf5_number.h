#pragma once
#include <hdf5.h>

#include <cstdint>
#include <optional>
#include <string>

#include "host/hdf5/hdf5_handle.h"

namespace edgesweep {

/// What a number in a file is stored as, after its description was compared with the few that are
/// known: class, size, byte order, precision, offset, padding, sign, and where in a float what
/// lies. HDF5 is asked to convert no other: it would make zeros of a damaged description.
struct Hdf5Number {
  enum class Kind {
    integer,  ///< 1, 2, 4 or 8 bytes, signed or not
    real,     ///< IEEE half, single, double or quadruple; bfloat16; the 80 bits of x86
    boolean,  ///< an enumeration FALSE = 0, TRUE = 1, as of h5py; R's has NA as well; or a field of
              ///< 8 bits, as of PyTables, that holds 0 or 1
  };
  Kind kind = Kind::real;
  size_t bytes = 0;
  bool is_signed = true;           ///< of an integer
  std::optional<int64_t> missing;  ///< the boolean that stands for NA

  /// The least int32 or int64, as which R writes NA without a mark; nothing for other types.
  std::optional<int64_t> unmarked_missing() const;
};

/// Nothing if the type is none of these.
std::optional<Hdf5Number> known_number(hid_t type);

/// "opaque items of 2 bytes, as which h5py stores bfloat16", "texts", ...: what to call a type that
/// is no known number.
std::string described_type(hid_t type);

}  // namespace edgesweep
