#include <cublas_v2.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "device_memory.h"
#include "machine.h"
#include "text.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
};

namespace edgesweep::emulation {
namespace {

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
};

/// A is gathered into columns once; a column of C then grows by one multiple of them after another.
void multiply(const Product& product, const Matrices& a, const Matrices& b, float* c) {
  const auto rows = static_cast<size_t>(product.m);
  std::vector<float> columns(rows * static_cast<size_t>(product.k));
  for (int p = 0; p < product.k; ++p)
    for (int i = 0; i < product.m; ++i)
      columns[rows * static_cast<size_t>(p) + static_cast<size_t>(i)] = a.at(i, p);
  std::vector<float> sums(rows);
  for (int j = 0; j < product.n; ++j) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int p = 0; p < product.k; ++p) {
      const float factor = b.at(p, j);
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

void execute(const Product& product) {
  for (int batch = 0; batch < product.batch_count; ++batch) {
    Matrices a = product.a, b = product.b;
    a.first += a.stride * batch;
    b.first += b.stride * batch;
    multiply(product, a, b, product.c + product.stride_c * batch);
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

cublasStatus_t queue_product(cublasHandle_t handle, const Product& product) {
  if (!LiveHandles::contains(handle, "cublas")) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!valid_sizes(product)) return CUBLAS_STATUS_INVALID_VALUE;
  const cudaError_t error = with_stream(handle->stream, [&](Device& device, CUstream_st& queue) {
    return device.queue(queue, [&device, product] {
      if (valid_addresses(product, device.number)) return execute(product);
      device.fail(cudaErrorIllegalAddress,
                  format("cuBLAS: a matrix of the product %d x %d x %d does not lie in the "
                         "device's memory",
                         product.m, product.n, product.k));
    });
  });
  return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

bool is_operation(cublasOperation_t operation) {
  return operation >= CUBLAS_OP_N && operation <= CUBLAS_OP_C;
}

}  // namespace
}  // namespace edgesweep::emulation

using namespace edgesweep::emulation;

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  const cudaError_t error = with_device([&](Device&) {
    *handle = new cublasContext;
    LiveHandles::add(*handle, "cublas");
    return cudaSuccess;
  });
  return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_INITIALIZED;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  if (!LiveHandles::remove(handle, "cublas")) return CUBLAS_STATUS_NOT_INITIALIZED;
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  if (!LiveHandles::contains(handle, "cublas")) return CUBLAS_STATUS_NOT_INITIALIZED;
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetStream(cublasHandle_t handle, cudaStream_t* stream) {
  if (!LiveHandles::contains(handle, "cublas")) return CUBLAS_STATUS_NOT_INITIALIZED;
  *stream = handle->stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t) {
  return LiveHandles::contains(handle, "cublas") ? CUBLAS_STATUS_SUCCESS
                                                 : CUBLAS_STATUS_NOT_INITIALIZED;
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void* workspace, size_t bytes) {
  if (!LiveHandles::contains(handle, "cublas")) return CUBLAS_STATUS_NOT_INITIALIZED;
  const Allocation block = find_allocation(workspace);
  const bool fits = static_cast<char*>(workspace) + bytes <= block.data + block.bytes;
  return bytes == 0 || (block.bytes != 0 && fits) ? CUBLAS_STATUS_SUCCESS
                                                  : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t operation_a,
                           cublasOperation_t operation_b, int m, int n, int k, const float* alpha,
                           const float* a, int lda, const float* b, int ldb, const float* beta,
                           float* c, int ldc) {
  return cublasSgemmStridedBatched(handle, operation_a, operation_b, m, n, k, alpha, a, lda, 0, b,
                                   ldb, 0, beta, c, ldc, 0, 1);
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t operation_a,
                                         cublasOperation_t operation_b, int m, int n, int k,
                                         const float* alpha, const float* a, int lda,
                                         long long stride_a, const float* b, int ldb,
                                         long long stride_b, const float* beta, float* c, int ldc,
                                         long long stride_c, int batch_count) {
  if (alpha == nullptr || beta == nullptr || !is_operation(operation_a) ||
      !is_operation(operation_b))
    return CUBLAS_STATUS_INVALID_VALUE;
  Product product{m, n, k, *alpha, *beta, {}, {}, c, ldc, stride_c, batch_count};
  product.a = {a, lda, stride_a, operation_a != CUBLAS_OP_N};
  product.b = {b, ldb, stride_b, operation_b != CUBLAS_OP_N};
  return queue_product(handle, product);
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t operation_a,
                                          cublasOperation_t operation_b, int m, int n, int k,
                                          const void* alpha, const void* a, cudaDataType type_a,
                                          int lda, long long stride_a, const void* b,
                                          cudaDataType type_b, int ldb, long long stride_b,
                                          const void* beta, void* c, cudaDataType type_c, int ldc,
                                          long long stride_c, int batch_count,
                                          cublasComputeType_t compute_type, cublasGemmAlgo_t) {
  if (type_a != CUDA_R_32F || type_b != CUDA_R_32F || type_c != CUDA_R_32F ||
      (compute_type != CUBLAS_COMPUTE_32F && compute_type != CUBLAS_COMPUTE_32F_PEDANTIC &&
       compute_type != CUBLAS_COMPUTE_32F_FAST_TF32))
    return CUBLAS_STATUS_NOT_SUPPORTED;
  return cublasSgemmStridedBatched(
      handle, operation_a, operation_b, m, n, k, static_cast<const float*>(alpha),
      static_cast<const float*>(a), lda, stride_a, static_cast<const float*>(b), ldb, stride_b,
      static_cast<const float*>(beta), static_cast<float*>(c), ldc, stride_c, batch_count);
}

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "CUBLAS_STATUS_ARCH_MISMATCH";
    case CUBLAS_STATUS_MAPPING_ERROR:
      return "CUBLAS_STATUS_MAPPING_ERROR";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "CUBLAS_STATUS_INTERNAL_ERROR";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
  }
  return "unrecognized status";
}

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "the library was not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "the resource allocation failed";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an unsupported value or parameter was passed to the function";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "the function requires an architectural feature absent from the device";
    case CUBLAS_STATUS_MAPPING_ERROR:
      return "an access to GPU memory space failed";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "the function failed to launch on the GPU";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "an internal operation failed";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "the requested functionality is not supported";
  }
  return "unrecognized status";
}
