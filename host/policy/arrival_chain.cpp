#include <algorithm>
#include <string>
#include <utility>

#include "host/error.h"
#include "host/policy/gap_law.h"

namespace edgesweep {
namespace {

/// Share of the mass that leaves a visit without an arrival; what is below it is dropped.
constexpr double kDroppedTail = 1.0 / (1LL << 60);

/// One state of the chain: a visit goes on for another slot with probability `stay`.
struct VisitState {
  int interval = 1;
  double leave = 1;
  double stay = 0;
  double arrival = 1;  ///< a visit just begun lasts to its first arrival: stay^(interval - 1)
};

double repeated_product(double factor, int count) {
  double product = 1;
  for (int i = 0; i < count; ++i) product *= factor;
  return product;
}

InputError too_rare(const std::string& found) {
  return InputError("", "/arrivals", found,
                    "settings whose images are at most " + std::to_string(kLargestGap) +
                        " slots apart (rarer gaps of total probability 2^-60 are ignored)");
}

VisitState make_state(int interval, double leave, const char* interval_name,
                      const char* leave_name) {
  if (interval < 1)
    throw InputError("", std::string("/arrivals/") + interval_name, std::to_string(interval),
                     "at least 1");
  if (!(leave > 0 && leave <= 1))
    throw InputError("", std::string("/arrivals/") + leave_name, std::to_string(leave),
                     "more than 0, at most 1");
  if (interval > kLargestGap)
    throw too_rare(std::string(interval_name) + " " + std::to_string(interval));
  const double stay = 1 - leave;
  return {interval, leave, stay, repeated_product(stay, interval - 1)};
}

/// Running sum over the last `length` inputs, the one of l steps ago weighted with factor^(l - 1).
/// Additions of positive terms only (blocks of suffix sums and a growing prefix): far down the tail
/// the small sums keep their relative precision, which a sum that also subtracts would lose.
class WeightedWindow {
 public:
  WeightedWindow(int length, double factor) : length_(length), factor_(factor) {
    older_.assign(length, 0.0);
    newer_.assign(length, 0.0);
  }

  /// The sum after the inputs so far.
  double sum() const { return length_ == 0 ? 0.0 : older_sum_ * scale_ + prefix_; }

  void push(double input) {
    if (length_ == 0) return;
    newer_[filled_++] = input;
    prefix_ = input + factor_ * prefix_;
    scale_ *= factor_;
    if (filled_ == length_) {
      // The full block becomes the older one: its suffix sums, each weighted as at its own end.
      double weight = 1;
      double suffix = 0;
      for (int i = length_; i > 0; --i) {
        suffix += weight * newer_[i - 1];
        weight *= factor_;
        older_[i - 1] = suffix;
      }
      filled_ = 0;
      prefix_ = 0;
      scale_ = 1;
    }
    older_sum_ = older_[filled_];
  }

 private:
  int length_;
  double factor_;
  int filled_ = 0;
  double prefix_ = 0;
  double scale_ = 1;
  double older_sum_ = 0;
  std::vector<double> older_;
  std::vector<double> newer_;
};

/// The mass of visits to one state that began and have had no arrival yet, slot by slot.
class OpenVisits {
 public:
  explicit OpenVisits(const VisitState& state)
      : state_(state), begun_(state.interval, 0.0), open_(state.interval - 1, state.stay) {}

  /// Mass of visits that end at this slot without an arrival.
  double ending() const { return open_.sum() * state_.leave; }

  /// `begins`: mass of visits that begin at this slot. Returns the mass that arrives at it.
  double advance(double begins) {
    const double arrives = begun_[position_] * state_.arrival;
    pending_ = begins + state_.stay * open_.sum();
    begun_[position_] = begins;
    position_ = position_ + 1 == begun_.size() ? 0 : position_ + 1;
    open_.push(begins);
    return arrives;
  }

  /// Mass without an arrival after the last slot.
  double pending() const { return pending_; }

 private:
  VisitState state_;
  std::vector<double> begun_;  ///< of the last `interval` slots, a ring
  size_t position_ = 0;
  double pending_ = 0;
  WeightedWindow open_;
};

void sort_and_normalise(std::vector<ArrivalChain::Step>* steps) {
  std::sort(steps->begin(), steps->end(),
            [](const ArrivalChain::Step& a, const ArrivalChain::Step& b) {
              if (a.probability != b.probability) return a.probability > b.probability;
              return a.gap != b.gap ? a.gap < b.gap : a.next_state < b.next_state;
            });
  double total = 0;
  for (size_t i = steps->size(); i > 0; --i) total += (*steps)[i - 1].probability;
  for (ArrivalChain::Step& step : *steps) step.probability /= total;
}

/// From an arrival in state `from`. The rest of its visit is memoryless: it lasts another
/// `interval` slots, to the next arrival, or it ends after r < interval more slots; then a visit to
/// the other state begins, and visits alternate until one lasts to its first arrival.
std::vector<ArrivalChain::Step> steps_from(const std::array<VisitState, 2>& states, int from) {
  const VisitState& here = states[from];
  const int other = 1 - from;
  std::vector<ArrivalChain::Step> steps;
  std::array<OpenVisits, 2> open{OpenVisits(states[0]), OpenVisits(states[1])};
  double still_here = 1;  // the visit has lasted to this slot
  double left = 0;        // mass that left it
  for (int slot = 0;; ++slot) {
    std::array<double, 2> begins{open[1].ending(), open[0].ending()};
    if (slot < here.interval) {
      const double leaves = still_here * here.leave;
      begins[other] += leaves;
      left += leaves;
      still_here *= here.stay;
    }
    for (int state = 0; state < 2; ++state) {
      double arrives = open[state].advance(begins[state]);
      if (state == from && slot == here.interval) arrives += still_here;
      if (arrives > 0) steps.push_back({slot, state, arrives});
    }
    if (slot >= here.interval && open[0].pending() + open[1].pending() <= kDroppedTail * left)
      break;
    if (slot == kLargestGap)
      throw too_rare("images more than " + std::to_string(slot) + " slots apart");
  }
  sort_and_normalise(&steps);
  return steps;
}

double probability_of_next(const std::vector<ArrivalChain::Step>& steps, int next_state) {
  double total = 0;
  for (size_t i = steps.size(); i > 0; --i) {
    if (steps[i - 1].next_state == next_state) total += steps[i - 1].probability;
  }
  return total;
}

}  // namespace

ArrivalChain periodic_chain() {
  ArrivalChain chain;
  chain.steps[0] = {{1, 0, 1.0}};
  return chain;
}

ArrivalChain markov_modulated_chain(const ArrivalSettings& settings) {
  const std::array<VisitState, 2> states{
      make_state(settings.interval_1, settings.p_12, "interval_1", "p_12"),
      make_state(settings.interval_2, settings.p_21, "interval_2", "p_21")};
  const double a = states[0].arrival;
  const double b = states[1].arrival;
  const double either = a + (1 - a) * b;  // one of two successive visits has an arrival
  if (!(either > 0)) throw too_rare("no images: every visit ends before its first");

  ArrivalChain chain;
  for (int state = 0; state < 2; ++state) chain.steps[state] = steps_from(states, state);
  const double to_2 = probability_of_next(chain.steps[0], 1);
  const double to_1 = probability_of_next(chain.steps[1], 0);
  chain.stationary = {to_1 / (to_1 + to_2), to_2 / (to_1 + to_2)};

  const double start_1 = settings.p_21 / (settings.p_12 + settings.p_21);
  const double start_2 = settings.p_12 / (settings.p_12 + settings.p_21);
  chain.first = {(start_1 * a + start_2 * (1 - b) * a) / either,
                 (start_1 * (1 - a) * b + start_2 * b) / either};
  return chain;
}

}  // namespace edgesweep
