#pragma once
// Atomics, arithmetic and bit functions of device code, in the toolkit's names.

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

// Atomics are relaxed, as on the device, and return the value before the operation.

#define CUDA_EMULATED_FETCH(name, builtin)                  \
  template <typename T>                                     \
  T name(T* address, std::type_identity_t<T> value) {       \
    static_assert(std::is_integral_v<T> && sizeof(T) >= 4); \
    return builtin(address, value, __ATOMIC_RELAXED);       \
  }

CUDA_EMULATED_FETCH(atomicAdd, __atomic_fetch_add)
CUDA_EMULATED_FETCH(atomicSub, __atomic_fetch_sub)
CUDA_EMULATED_FETCH(atomicAnd, __atomic_fetch_and)
CUDA_EMULATED_FETCH(atomicOr, __atomic_fetch_or)
CUDA_EMULATED_FETCH(atomicXor, __atomic_fetch_xor)
CUDA_EMULATED_FETCH(atomicExch, __atomic_exchange_n)
#undef CUDA_EMULATED_FETCH

template <typename T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> desired) {
  static_assert(std::is_integral_v<T> && sizeof(T) >= 4);
  __atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_RELAXED,
                              __ATOMIC_RELAXED);
  return expected;
}

template <typename T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  T before = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (before < value && !__atomic_compare_exchange_n(address, &before, value, false,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return before;
}

template <typename T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  T before = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (value < before && !__atomic_compare_exchange_n(address, &before, value, false,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return before;
}

template <typename T>
T __ldg(const T* address) {
  return *address;
}
template <typename T>
T __ldcg(const T* address) {
  return *address;
}
template <typename T>
T __ldcs(const T* address) {
  return *address;
}
template <typename T>
void __stcg(T* address, T value) {
  *address = value;
}
template <typename T>
void __stcs(T* address, T value) {
  *address = value;
}

// Single operations, rounded to nearest. The host compiler must be told not to contract
// (-ffp-contract=off).
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __fsub_rn(float x, float y) { return x - y; }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __fmaf_rn(float x, float y, float z) { return std::fma(x, y, z); }
inline double __fma_rn(double x, double y, double z) { return std::fma(x, y, z); }

inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline unsigned int __float_as_uint(float x) { return std::bit_cast<unsigned int>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline float __uint_as_float(unsigned int x) { return std::bit_cast<float>(x); }
inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
inline double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }

inline int __popc(unsigned int x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned int>(x)); }
inline int __clzll(long long x) { return std::countl_zero(static_cast<unsigned long long>(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }

inline unsigned int __umulhi(unsigned int x, unsigned int y) {
  return static_cast<unsigned int>(static_cast<uint64_t>(x) * y >> 32);
}
inline int __mulhi(int x, int y) { return static_cast<int>(static_cast<int64_t>(x) * y >> 32); }
inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<Wide>(x) * y >> 64);
}

// Device code calls these without std::.
inline int min(int x, int y) { return y < x ? y : x; }
inline int max(int x, int y) { return x < y ? y : x; }
inline unsigned int min(unsigned int x, unsigned int y) { return y < x ? y : x; }
inline unsigned int max(unsigned int x, unsigned int y) { return x < y ? y : x; }
inline long long min(long long x, long long y) { return y < x ? y : x; }
inline long long max(long long x, long long y) { return x < y ? y : x; }
inline float min(float x, float y) { return std::fmin(x, y); }
inline float max(float x, float y) { return std::fmax(x, y); }
