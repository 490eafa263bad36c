#pragma once
// The toolkit's short vectors, with its alignments.

struct uint3 {
  unsigned int x, y, z;
};

struct dim3 {
  unsigned int x = 1, y = 1, z = 1;
  constexpr dim3(unsigned int x_count = 1, unsigned int y_count = 1, unsigned int z_count = 1)
      : x(x_count), y(y_count), z(z_count) {}
  constexpr dim3(uint3 counts) : x(counts.x), y(counts.y), z(counts.z) {}
  constexpr operator uint3() const { return {x, y, z}; }
};

#define CUDA_EMULATED_VECTORS(type, prefix)                                 \
  struct alignas(2 * sizeof(type)) prefix##2 {                              \
    type x, y;                                                              \
  };                                                                        \
  struct alignas(4 * sizeof(type) < 16 ? 4 * sizeof(type) : 16) prefix##4 { \
    type x, y, z, w;                                                        \
  };                                                                        \
  inline prefix##2 make_##prefix##2(type x, type y) { return {x, y}; }      \
  inline prefix##4 make_##prefix##4(type x, type y, type z, type w) { return {x, y, z, w}; }

CUDA_EMULATED_VECTORS(int, int)
CUDA_EMULATED_VECTORS(unsigned int, uint)
CUDA_EMULATED_VECTORS(float, float)
CUDA_EMULATED_VECTORS(double, double)
#undef CUDA_EMULATED_VECTORS

inline uint3 make_uint3(unsigned int x, unsigned int y, unsigned int z) { return {x, y, z}; }
