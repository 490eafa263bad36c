#include "host/hdf5/hdf5_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <limits>

#include "host/input_file.h"

namespace edgesweep {
namespace {

constexpr const char* kWhat = "HDF5 type";
constexpr int kMaxMembers = 3;
constexpr int kMaxShownMembers = 6;

/// Where the parts of a float lie, in bits from the least.
struct FloatLayout {
  size_t bytes, precision, sign, exponent, exponent_bits, mantissa_bits, bias;
  H5T_norm_t norm;
};
constexpr FloatLayout kOtherFloats[] = {
    {2, 16, 15, 10, 5, 10, 15, H5T_NORM_IMPLIED},           // IEEE half
    {2, 16, 15, 7, 8, 7, 127, H5T_NORM_IMPLIED},            // bfloat16
    {16, 80, 79, 64, 15, 64, 16383, H5T_NORM_NONE},         // long double of x86
    {12, 80, 79, 64, 15, 64, 16383, H5T_NORM_NONE},         // the same with 32-bit addresses
    {16, 128, 127, 112, 15, 112, 16383, H5T_NORM_IMPLIED},  // IEEE quadruple
};

Hdf5Handle float_type(const FloatLayout& layout, hid_t order_of) {
  Hdf5Handle type(H5Tcopy(order_of), H5Tclose, kWhat);
  const auto set_fields = [&] {
    return H5Tset_fields(type.get(), layout.sign, layout.exponent, layout.exponent_bits, 0,
                         layout.mantissa_bits);
  };
  const bool grows = layout.bytes > H5Tget_size(type.get());
  if (!grows) hdf5_check(set_fields(), kWhat);
  if (!grows) hdf5_check(H5Tset_precision(type.get(), layout.precision), kWhat);
  hdf5_check(H5Tset_size(type.get(), layout.bytes), kWhat);
  if (grows) hdf5_check(H5Tset_precision(type.get(), layout.precision), kWhat);
  if (grows) hdf5_check(set_fields(), kWhat);
  hdf5_check(H5Tset_ebias(type.get(), layout.bias), kWhat);
  hdf5_check(H5Tset_norm(type.get(), layout.norm), kWhat);
  return type;
}

bool is_any_of(hid_t type, std::initializer_list<hid_t> known) {
  return std::any_of(known.begin(), known.end(),
                     [&](hid_t other) { return H5Tequal(type, other) > 0; });
}

bool is_known_integer(hid_t type) {
  return is_any_of(
      type, {H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_U16LE,
             H5T_STD_U32LE, H5T_STD_U64LE, H5T_STD_I8BE, H5T_STD_I16BE, H5T_STD_I32BE,
             H5T_STD_I64BE, H5T_STD_U8BE, H5T_STD_U16BE, H5T_STD_U32BE, H5T_STD_U64BE});
}

bool is_known_float(hid_t type) {
  if (is_any_of(type, {H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_IEEE_F64BE}))
    return true;
  for (const FloatLayout& layout : kOtherFloats) {
    if (layout.bytes != H5Tget_size(type)) continue;
    for (const hid_t order : {H5T_IEEE_F64LE, H5T_IEEE_F64BE})
      if (H5Tequal(type, float_type(layout, order).get()) > 0) return true;
  }
  return false;
}

std::string member_name(hid_t type, int index) {
  char* name = H5Tget_member_name(type, static_cast<unsigned>(index));
  if (name == nullptr) return "";
  const std::string text = name;
  H5free_memory(name);
  return text;
}

/// The members' values are held as the base type has them.
std::optional<int64_t> member_value(hid_t type, int index) {
  const Hdf5Handle base(H5Tget_super(type), H5Tclose, kWhat);
  unsigned char value[8] = {};
  if (!is_known_integer(base.get()) || H5Tget_size(base.get()) > sizeof(value)) return {};
  if (H5Tget_member_value(type, static_cast<unsigned>(index), value) < 0) return {};
  // Widened in place: one number of the base type lies in value.
  if (H5Tconvert(base.get(), H5T_NATIVE_INT64, 1, value, nullptr, H5P_DEFAULT) < 0) return {};
  int64_t number = 0;
  std::copy_n(value, sizeof(number), reinterpret_cast<unsigned char*>(&number));
  return number;
}

std::optional<Hdf5Number> known_boolean(hid_t type) {
  const int members = H5Tget_nmembers(type);
  if (members < 2 || members > kMaxMembers) return {};
  Hdf5Number number{Hdf5Number::Kind::boolean, H5Tget_size(type), true, {}};
  bool has_false = false, has_true = false;
  for (int i = 0; i < members; ++i) {
    std::string name = member_name(type, i);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return std::toupper(letter); });
    const std::optional<int64_t> value = member_value(type, i);
    if (!value) return {};
    if (name == "FALSE" && *value == 0) has_false = true;
    if (name == "TRUE" && *value == 1) has_true = true;
    if (name == "NA") number.missing = value;
  }
  const bool all_known = members == (number.missing ? 3 : 2);
  if (!has_false || !has_true || !all_known) return {};
  return number;
}

std::string described_opaque(size_t bytes) {
  if (bytes == 1) return "opaque items of 1 byte, as which h5py stores float8";
  if (bytes == 2) return "opaque items of 2 bytes, as which h5py stores bfloat16";
  return fmt::format("opaque items of {} bytes", bytes);
}

std::string described_members(hid_t type, const std::string& what) {
  const int members = H5Tget_nmembers(type);
  std::string names;
  for (int i = 0; i < std::min(members, kMaxShownMembers); ++i)
    names += (i == 0 ? "" : ", ") + printable(member_name(type, i));
  return fmt::format("{} ({}{})", what, names, members > kMaxShownMembers ? ", ..." : "");
}

std::string described_compound(hid_t type) {
  if (H5Tget_nmembers(type) == 2) {
    const std::string first = member_name(type, 0);
    if (first == "r" || first == "re" || first == "real") return "complex numbers";
  }
  return described_members(type, "records");
}

std::string described_float(hid_t type) {
  size_t sign = 0, exponent = 0, exponent_bits = 0, mantissa = 0, mantissa_bits = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) < 0)
    return "floats of an unknown layout";
  return fmt::format(
      "floats of {} bytes of an unknown layout (sign at bit {}, {} bits of exponent from bit {}, "
      "bias {}, {} bits of mantissa from bit {})",
      H5Tget_size(type), sign, exponent_bits, exponent, H5Tget_ebias(type), mantissa_bits,
      mantissa);
}

}  // namespace

std::optional<int64_t> Hdf5Number::unmarked_missing() const {
  if (kind != Kind::integer || !is_signed) return {};
  if (bytes == sizeof(int32_t)) return std::numeric_limits<int32_t>::min();
  if (bytes == sizeof(int64_t)) return std::numeric_limits<int64_t>::min();
  return {};
}

std::optional<Hdf5Number> known_number(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      if (!is_known_integer(type)) return {};
      return Hdf5Number{
          Hdf5Number::Kind::integer, H5Tget_size(type), H5Tget_sign(type) == H5T_SGN_2, {}};
    case H5T_FLOAT:
      if (!is_known_float(type)) return {};
      return Hdf5Number{Hdf5Number::Kind::real, H5Tget_size(type), true, {}};
    case H5T_ENUM:
      return known_boolean(type);
    case H5T_BITFIELD:
      if (!is_any_of(type, {H5T_STD_B8LE, H5T_STD_B8BE})) return {};
      return Hdf5Number{Hdf5Number::Kind::boolean, 1, true, {}};
    default:
      return {};
  }
}

std::string described_type(hid_t type) {
  const size_t bytes = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return fmt::format("integers of {} bytes of an unknown layout ({} bits from bit {})", bytes,
                         H5Tget_precision(type), H5Tget_offset(type));
    case H5T_FLOAT:
      return bytes == 1 ? "floats of 1 byte (float8)" : described_float(type);
    case H5T_STRING:
      return "texts";
    case H5T_BITFIELD:
      return fmt::format("bit fields of {} bytes", bytes);
    case H5T_OPAQUE:
      return described_opaque(bytes);
    case H5T_COMPOUND:
      return described_compound(type);
    case H5T_ENUM:
      return described_members(type, "an enumeration");
    case H5T_REFERENCE:
      return "references";
    case H5T_VLEN:
      return "lists of varying length";
    case H5T_ARRAY:
      return "an array in each place";
    default:
      return "values of an unknown type";
  }
}

}  // namespace edgesweep
