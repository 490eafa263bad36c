// cuBLAS products against a plain loop over column-major matrices.
#include <cublas_v2.h>

#include <cmath>
#include <limits>

#include "emulated_test.h"

namespace cuda_emulation {
namespace {

struct Shape {
  int m, n, k;
};

/// Column-major storage of rows x columns values with some rows of padding.
struct Matrix {
  int rows, columns, leading;
  std::vector<float> values;

  Matrix(int rows_, int columns_, int batch, float first)
      : rows(rows_), columns(columns_), leading(rows_ + 3) {
    values.resize(static_cast<size_t>(leading * columns * batch));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = first + 0.25f * static_cast<float>(i * 7 % 23) - 2.0f;
  }
  long long stride() const { return static_cast<long long>(leading) * columns; }
  float at(int batch, int row, int column) const {
    return values[static_cast<size_t>(batch * stride() + column * leading + row)];
  }
};

class EmulatedCublas : public EmulatedTest {
 protected:
  void SetUp() override {
    EmulatedTest::SetUp();
    ASSERT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(cublasDestroy(handle_), CUBLAS_STATUS_SUCCESS);
    EmulatedTest::TearDown();
  }
  cublasHandle_t handle_ = nullptr;
};

/// op(A) is m x k, op(B) k x n. Small multiples of 1/4: every order of summation is exact.
void expect_product(const Matrix& a, bool transpose_a, const Matrix& b, bool transpose_b,
                    const Matrix& before, const std::vector<float>& result, int k, float alpha,
                    float beta, int batch_count) {
  for (int batch = 0; batch < batch_count; ++batch) {
    for (int i = 0; i < before.rows; ++i) {
      for (int j = 0; j < before.columns; ++j) {
        double sum = 0.0;
        for (int p = 0; p < k; ++p)
          sum += static_cast<double>(transpose_a ? a.at(batch, p, i) : a.at(batch, i, p)) *
                 (transpose_b ? b.at(batch, j, p) : b.at(batch, p, j));
        const double expected = alpha * sum + beta * before.at(batch, i, j);
        const auto place = batch * before.stride() + j * before.leading + i;
        ASSERT_EQ(result[static_cast<size_t>(place)], static_cast<float>(expected))
            << "batch " << batch << ", row " << i << ", column " << j;
      }
    }
  }
}

TEST_F(EmulatedCublas, ProductsOfAllTransposesAndOddSizes) {
  constexpr int kBatch = 3;
  for (const Shape shape : {Shape{1, 1, 1}, Shape{5, 3, 7}, Shape{17, 9, 1}, Shape{2, 31, 13}}) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        const auto [m, n, k] = shape;
        const Matrix a(transpose_a ? k : m, transpose_a ? m : k, kBatch, 0.5f);
        const Matrix b(transpose_b ? n : k, transpose_b ? k : n, kBatch, -0.25f);
        const Matrix c(m, n, kBatch, 1.0f);
        const DeviceArray<float> device_a(a.values), device_b(b.values), device_c(c.values);
        const float alpha = 2.0f, beta = -0.5f;
        ASSERT_EQ(cublasSgemmStridedBatched(handle_, transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
                                            transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, m, n, k,
                                            &alpha, device_a.data(), a.leading, a.stride(),
                                            device_b.data(), b.leading, b.stride(), &beta,
                                            device_c.data(), c.leading, c.stride(), kBatch),
                  CUBLAS_STATUS_SUCCESS);
        expect_product(a, transpose_a, b, transpose_b, c, device_c.values(), k, alpha, beta,
                       kBatch);
      }
    }
  }
}

TEST_F(EmulatedCublas, BetaZeroDoesNotReadTheResult) {
  const DeviceArray<float> a(std::vector<float>{2.0f}), b(std::vector<float>{3.0f}), c(1);
  const float alpha = 1.0f, beta = 0.0f;
  ASSERT_EQ(cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &alpha, a.data(), 1, b.data(),
                        1, &beta, c.data(), 1),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(c.values()[0], 6.0f);
}

TEST_F(EmulatedCublas, WorksOnItsStreamAndInGraphs) {
  const DeviceArray<float> a(std::vector<float>{2.0f}), c(std::vector<float>{1.0f});
  const float one = 1.0f, zero = 0.0f;
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(cublasSetStream(handle_, stream), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(cublasSetMathMode(handle_, CUBLAS_TF32_TENSOR_OP_MATH), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), cudaSuccess);
  // c = a * c
  ASSERT_EQ(cublasGemmStridedBatchedEx(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, a.data(),
                                       CUDA_R_32F, 1, 1, c.data(), CUDA_R_32F, 1, 1, &zero,
                                       c.data(), CUDA_R_32F, 1, 1, 1, CUBLAS_COMPUTE_32F_FAST_TF32,
                                       CUBLAS_GEMM_DEFAULT),
            CUBLAS_STATUS_SUCCESS);
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph), cudaSuccess);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(cudaGraphLaunch(executable, stream), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(c.values()[0], 16.0f);
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST_F(EmulatedCublas, ImpossibleSizesAndForeignMemoryAreRefused) {
  const DeviceArray<float> a(std::vector<float>(12, 1.0f));
  const float one = 1.0f;
  const auto multiply = [&](int lda, int n) {
    return cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 3, n, 2, &one, a.data(), lda, a.data(), 2,
                       &one, a.data(), 3);
  };
  EXPECT_EQ(multiply(2, 1), CUBLAS_STATUS_INVALID_VALUE) << "columns of 3 do not fit in 2";
  EXPECT_EQ(multiply(3, -1), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(multiply(3, 5), CUBLAS_STATUS_SUCCESS) << "seen only when the product is executed";
  expect_failure(cudaErrorIllegalAddress, {"cuBLAS", "does not lie in the device's memory"});
  EXPECT_EQ(multiply(3, 1), CUBLAS_STATUS_EXECUTION_FAILED);
}

}  // namespace
}  // namespace cuda_emulation
