#pragma once
#include <cstdint>

namespace edgesweep {

// Sums over the classes of one image. Class c is added to chain c mod 8, the chains are added
// pairwise at the end: vectors for the compiler, and the same bits on any machine.

double greatest_of(const double* logits, int64_t classes);

/// partition[i] = sum over classes of exp(t_i (logit - greatest)), t_i = first + i step, for the
/// ten points of a round of calibration. Two exponentials a class, the other points by
/// multiplication: relative error below 1e-14. first, step >= 0.
void grid_partitions(const double* logits, int64_t classes, double first, double step,
                     double* partition);

/// Entropy of softmax(inverse_temperature * logits), natural logarithm.
double softmax_entropy(const double* logits, int64_t classes, double inverse_temperature);

}  // namespace edgesweep
