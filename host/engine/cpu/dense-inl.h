// The matrix kernels, once per instruction set: included by simd_kernels.cpp inside Highway's
// target loop, so without a usual include guard.
#if defined(EDGESWEEP_DENSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDGESWEEP_DENSE_INL_H_
#undef EDGESWEEP_DENSE_INL_H_
#else
#define EDGESWEEP_DENSE_INL_H_
#endif

#include "host/engine/cpu/targets-inl.h"
#include "host/engine/cpu/tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace edgesweep {
namespace HWY_NAMESPACE {

// What starts and ends the tiles of each kernel (tiles-inl.h).

template <bool kLeaky>
struct Epilogue {
  const float* bias;
  MatrixView y;

  struct Cursor {
    const float* bias;
    float* y;
    ptrdiff_t stride;
    HWY_INLINE Vector start(int v) const { return hn::Load(Tag(), bias + v * kLanes); }
    HWY_INLINE void finish(int v, Vector sum) const {
      hn::Store(kLeaky ? leaky_vector(sum) : sum, Tag(), y + v * kLanes);
    }
    HWY_INLINE void next_row() { y += stride; }
    HWY_INLINE void begin_epilogue(int) {}
    HWY_INLINE void end_finish(int) {}
  };
  HWY_INLINE Cursor at(int row, int column) const {
    return {bias + column, y.data + row * y.stride + column, y.stride};
  }
};

template <Actions kActions>
struct OutputEnds {
  const float* bias;
  Vector scale;
  const TargetPanel& targets;
  MatrixView dy;
  float* column_loss;

  struct Cursor {
    const float* bias;
    Vector scale;
    TargetRows<kActions> target;
    float* dy;
    ptrdiff_t stride;
    float* column_loss;
    Vector loss[kTileVectors];  ///< stays in registers from row to row
    HWY_INLINE Vector start(int v) const { return hn::Load(Tag(), bias + v * kLanes); }
    HWY_INLINE void begin_epilogue(int vectors) {
      for (int v = 0; v < vectors; ++v) loss[v] = hn::Load(Tag(), column_loss + v * kLanes);
    }
    HWY_INLINE void finish(int v, Vector prediction) {
      const Vector error = hn::Sub(prediction, target.at(v));
      hn::Store(hn::Mul(error, scale), Tag(), dy + v * kLanes);
      loss[v] = fused(error, error, loss[v]);
    }
    HWY_INLINE void next_row() {
      target.next_row();
      dy += stride;
    }
    HWY_INLINE void end_finish(int vectors) {
      for (int v = 0; v < vectors; ++v) hn::Store(loss[v], Tag(), column_loss + v * kLanes);
    }
  };
  HWY_INLINE Cursor at(int row, int column) const {
    return {bias + column,
            scale,
            TargetRows<kActions>(targets, row, column),
            dy.data + row * dy.stride + column,
            dy.stride,
            column_loss + column,
            {}};
  }
};

template <bool kContinued, bool kThroughLeaky>
struct InputGradientEnds {
  const float* stored;  ///< rows as far apart as those of dx
  MatrixView dx;

  struct Cursor {
    const float* stored;
    float* dx;
    ptrdiff_t stride;
    HWY_INLINE Vector start(int v) const {
      return kContinued ? hn::Load(Tag(), dx + v * kLanes) : hn::Zero(Tag());
    }
    HWY_INLINE void finish(int v, Vector sum) const {
      if (kThroughLeaky) sum = through_leaky(sum, hn::Load(Tag(), stored + v * kLanes));
      hn::Store(sum, Tag(), dx + v * kLanes);
    }
    HWY_INLINE void next_row() {
      dx += stride;
      if (kThroughLeaky) stored += stride;
    }
    HWY_INLINE void begin_epilogue(int) {}
    HWY_INLINE void end_finish(int) {}
  };
  HWY_INLINE Cursor at(int row, int column) const {
    const ptrdiff_t first = row * dx.stride + column;
    return {kThroughLeaky ? stored + first : nullptr, dx.data + first, dx.stride};
  }
};

void forward(InputView x, int rows, int inputs, ConstMatrixView weights, const float* bias,
             int columns, bool leaky, MatrixView y) {
  const LeftFactor a{x.data, x.row_stride, x.input_stride};
  if (leaky)
    product(a, weights.data, weights.stride, inputs, rows, columns, Epilogue<true>{bias, y});
  else
    product(a, weights.data, weights.stride, inputs, rows, columns, Epilogue<false>{bias, y});
}

void forward_rows(const float* const* x, int rows, int inputs, ConstMatrixView weights,
                  const float* bias, int columns, MatrixView y) {
  product(LeftPointers{x}, weights.data, weights.stride, inputs, rows, columns,
          Epilogue<true>{bias, y});
}

void output_gradient(InputView x, int rows, int inputs, ConstMatrixView weights, const float* bias,
                     int columns, float scale, const TargetPanel& targets, MatrixView dy,
                     float* column_loss) {
  const LeftFactor a{x.data, x.row_stride, x.input_stride};
  const Vector scale_vector = hn::Set(Tag(), scale);
  for_column_panels(columns, [&](auto vectors, int column) {
    const auto run = [&](auto actions) {
      column_panel<vectors()>(a, weights.data, weights.stride, inputs, rows, column,
                              OutputEnds<actions()>{bias, scale_vector, targets, dy, column_loss});
    };
    switch (actions_of(targets, column, vectors() * kLanes)) {
      case Actions::keep:
        return run(std::integral_constant<Actions, Actions::keep>());
      case Actions::offload:
        return run(std::integral_constant<Actions, Actions::offload>());
      case Actions::mixed:
        return run(std::integral_constant<Actions, Actions::mixed>());
    }
  });
}

void input_gradient(ConstMatrixView dy, int rows, int outputs, ConstMatrixView transposed,
                    int columns, bool continued, const float* stored, MatrixView dx) {
  const auto run = [&](const auto& ends) {
    product(LeftFactor{dy.data, dy.stride, 1}, transposed.data, transposed.stride, outputs, rows,
            columns, ends);
  };
  if (stored)
    continued ? run(InputGradientEnds<true, true>{stored, dx})
              : run(InputGradientEnds<false, true>{stored, dx});
  else
    continued ? run(InputGradientEnds<true, false>{nullptr, dx})
              : run(InputGradientEnds<false, false>{nullptr, dx});
}

}  // namespace HWY_NAMESPACE
}  // namespace edgesweep
HWY_AFTER_NAMESPACE();
#endif
