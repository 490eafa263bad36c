#pragma once
// The matrix products behind cuBLAS: column-major, each element one chain of fused multiply-adds
// with the inner index ascending.

#include <cstddef>

namespace cuda_emulation {

/// A batch of matrices, column-major, each `stride` elements after the one before.
struct Matrices {
  const float* first = nullptr;
  int leading = 0;  ///< elements from one column to the next
  long long stride = 0;
  bool transposed = false;  ///< stored as the transpose

  float at(int row, int column) const {
    return transposed ? first[column + size_t{1} * row * leading]
                      : first[row + size_t{1} * column * leading];
  }
};

struct Product {
  int m = 0, n = 0, k = 0;  ///< C is m x n; k is the inner dimension
  float alpha = 1.0f, beta = 0.0f;
  Matrices a, b;
  float* c = nullptr;
  int leading_c = 0;
  long long stride_c = 0;
  int batch_count = 1;
  bool rounds_to_tf32 = false;  ///< A and B, to 10 bits of mantissa
};

/// Are sizes and leading dimensions such as cuBLAS accepts?
bool valid_sizes(const Product& product);
/// Does every matrix lie in one block of the device's memory?
bool valid_addresses(const Product& product, int device);
/// Computes C = alpha A B + beta C for the whole batch.
void execute(const Product& product);

}  // namespace cuda_emulation
