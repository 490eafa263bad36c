#include <cublas_v2.h>

#include "device_memory.h"
#include "machine.h"
#include "matrix_product.h"
#include "text.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
  bool tf32 = false;
};

namespace cuda_emulation {
namespace {

cublasStatus_t queue_product(cublasHandle_t handle, Product product) {
  if (!LiveHandles::contains(handle, "cublas")) return CUBLAS_STATUS_NOT_INITIALIZED;
  product.rounds_to_tf32 = handle->tf32;
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
}  // namespace cuda_emulation

using namespace cuda_emulation;

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

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  if (!LiveHandles::contains(handle, "cublas")) return CUBLAS_STATUS_NOT_INITIALIZED;
  handle->tf32 = mode == CUBLAS_TF32_TENSOR_OP_MATH;
  return CUBLAS_STATUS_SUCCESS;
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
  Product product{m, n, k, *alpha, *beta, {}, {}, c, ldc, stride_c, batch_count, false};
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
