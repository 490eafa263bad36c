#include "host/engine/network/learning_rate.h"

namespace edgesweep {
namespace {

/// sin(z) for |z| <= pi / 2: Taylor's series to z^19, whose first term left out is below 3e-16.
double sine(double z) {
  const double square = z * z;
  double sum = 0;
  for (int n = 19; n > 1; n -= 2) sum = (1 + sum) * (-square / (n * (n - 1)));
  return z * (1 + sum);
}

}  // namespace

double half_cosine(double x) {
  constexpr double kPi = 3.14159265358979323846;
  return 0.5 + 0.5 * sine(kPi * (0.5 - x));
}

double learning_rate_at(const DqnSettings& dqn, int64_t iteration) {
  for (const SchedulePhase& phase : dqn.schedule) {
    if (iteration >= phase.iterations) {
      iteration -= phase.iterations;
      continue;
    }
    if (phase.final_learning_rate == 0) return phase.learning_rate;
    const double from = phase.learning_rate;
    const double to = phase.final_learning_rate;
    const double x = (static_cast<double>(iteration) + 0.5) / static_cast<double>(phase.iterations);
    return phase.shape == SchedulePhase::Shape::cosine ? to + (from - to) * half_cosine(x)
                                                       : from + (to - from) * x;
  }
  return 0;
}

}  // namespace edgesweep
