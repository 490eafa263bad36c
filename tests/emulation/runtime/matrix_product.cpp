#include "matrix_product.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "device_memory.h"

namespace cuda_emulation {
namespace {

/// To the nearest number with 10 bits of mantissa, halves away from 0, as tensor cores take TF32.
float rounded_to_tf32(float value) {
  if (!std::isfinite(value)) return value;
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  bits = (bits + 0x1000u) & ~0x1fffu;
  std::memcpy(&value, &bits, sizeof(bits));
  return value;
}

/// A is gathered into columns once; a column of C then grows by one multiple of them after another.
void multiply(const Product& product, const Matrices& a, const Matrices& b, float* c) {
  const auto taken = [&](float value) {
    return product.rounds_to_tf32 ? rounded_to_tf32(value) : value;
  };
  const auto rows = static_cast<size_t>(product.m);
  std::vector<float> columns(rows * static_cast<size_t>(product.k));
  for (int p = 0; p < product.k; ++p)
    for (int i = 0; i < product.m; ++i)
      columns[rows * static_cast<size_t>(p) + static_cast<size_t>(i)] = taken(a.at(i, p));
  std::vector<float> sums(rows);
  for (int j = 0; j < product.n; ++j) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int p = 0; p < product.k; ++p) {
      const float factor = taken(b.at(p, j));
      const float* const column = columns.data() + rows * static_cast<size_t>(p);
      for (size_t i = 0; i < rows; ++i) sums[i] = std::fma(column[i], factor, sums[i]);
    }
    float* const result = c + size_t{1} * j * product.leading_c;
    for (size_t i = 0; i < rows; ++i) {
      // beta = 0 does not read C, which may never have been written.
      const float before = product.beta == 0.0f ? 0.0f : product.beta * result[i];
      result[i] = std::fma(product.alpha, sums[i], before);
    }
  }
}

/// Do `columns` columns of `rows` values lie in one block of device memory, in every batch?
bool lie_in_memory(const float* first, int rows, int columns, int leading, long long stride,
                   int batch_count, int device) {
  if (rows == 0 || columns == 0 || batch_count == 0) return true;
  const Allocation block = find_allocation(first);
  const long long last = stride * (batch_count - 1) + (columns - 1LL) * leading + rows;
  return block.bytes != 0 && block.device == device &&
         reinterpret_cast<const char*>(first + last) <= block.data + block.bytes;
}

}  // namespace

void execute(const Product& product) {
  for (int batch = 0; batch < product.batch_count; ++batch) {
    Matrices a = product.a, b = product.b;
    a.first += a.stride * batch;
    b.first += b.stride * batch;
    multiply(product, a, b, product.c + product.stride_c * batch);
  }
}

bool valid_sizes(const Product& product) {
  const auto stored_rows = [](const Matrices& matrices, int rows, int columns) {
    return matrices.transposed ? columns : rows;
  };
  return product.m >= 0 && product.n >= 0 && product.k >= 0 && product.batch_count >= 0 &&
         product.a.leading >= std::max(1, stored_rows(product.a, product.m, product.k)) &&
         product.b.leading >= std::max(1, stored_rows(product.b, product.k, product.n)) &&
         product.leading_c >= std::max(1, product.m);
}

bool valid_addresses(const Product& product, int device) {
  const auto lies = [&](const Matrices& matrices, int rows, int columns) {
    if (matrices.transposed) std::swap(rows, columns);
    return lie_in_memory(matrices.first, rows, columns, matrices.leading, matrices.stride,
                         product.batch_count, device);
  };
  return lies(product.a, product.m, product.k) && lies(product.b, product.k, product.n) &&
         lie_in_memory(product.c, product.m, product.n, product.leading_c, product.stride_c,
                       product.batch_count, device);
}

}  // namespace cuda_emulation
