#include "host/policy/concave_hull.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace edgesweep {

ConcaveHull::ConcaveHull(const RewardCurve& curve, double tolerance)
    : curve_(curve), tolerance_(tolerance) {
  find_vertices();
  list_points_near();
  find_certain_prices();
}

void ConcaveHull::find_vertices() {
  for (size_t k = 0; k < curve_.share.size(); ++k) {
    const Vertex point{k, curve_.share[k], curve_.gain[k], 0, 0, 0};
    while (!vertices_.empty()) {
      const Vertex& last = vertices_.back();
      const double slope = (point.gain - last.gain) / (point.share - last.share);
      if (slope_.empty() || slope < slope_.back()) {
        slope_.push_back(slope);
        break;
      }
      vertices_.pop_back();
      slope_.pop_back();
    }
    vertices_.push_back(point);
  }
}

/// How far a point lies below the edge that begins at vertex `edge`.
double ConcaveHull::below_hull(size_t index, size_t edge) const {
  const Vertex& from = vertices_[edge];
  return from.gain + slope_[edge] * (curve_.share[index] - from.share) - curve_.gain[index];
}

void ConcaveHull::list_points_near() {
  // Rounding may have left points above the hull; the tolerance has to cover that too.
  double above = 0;
  for (size_t edge = 0; edge + 1 < vertices_.size(); ++edge) {
    for (size_t k = vertices_[edge].index; k < vertices_[edge + 1].index; ++k)
      above = std::max(above, -below_hull(k, edge));
  }
  tolerance_ += above;
  for (size_t edge = 0; edge + 1 < vertices_.size(); ++edge) {
    vertices_[edge].listed = near_.size();
    near_.push_back(vertices_[edge].index);
    for (size_t k = vertices_[edge].index + 1; k < vertices_[edge + 1].index; ++k) {
      if (below_hull(k, edge) <= tolerance_) near_.push_back(k);
    }
  }
  vertices_.back().listed = near_.size();
  near_.push_back(vertices_.back().index);
}

void ConcaveHull::find_certain_prices() {
  // A vertex beats point k by |F_k - F| |price - slope to k|: that has to exceed the tolerance.
  // Points beyond the next vertex are farther away and their slope is no nearer to the price, so
  // they need no look.
  const double infinity = std::numeric_limits<double>::infinity();
  for (size_t v = 0; v < vertices_.size(); ++v) {
    Vertex& vertex = vertices_[v];
    vertex.lowest_price = -infinity;
    vertex.highest_price = infinity;
    if (v + 1 < vertices_.size()) {
      for (size_t i = vertex.listed + 1; i <= vertices_[v + 1].listed; ++i) {
        const double distance = curve_.share[near_[i]] - vertex.share;
        const double rise = curve_.gain[near_[i]] - vertex.gain;
        vertex.lowest_price = std::max(vertex.lowest_price, (rise + tolerance_) / distance);
      }
    }
    if (v > 0) {
      for (size_t i = vertices_[v - 1].listed; i < vertex.listed; ++i) {
        const double distance = vertex.share - curve_.share[near_[i]];
        const double rise = vertex.gain - curve_.gain[near_[i]];
        vertex.highest_price = std::min(vertex.highest_price, (rise - tolerance_) / distance);
      }
    }
  }
}

const ConcaveHull::Vertex& ConcaveHull::vertex_at(double price) const {
  const auto edge = std::lower_bound(slope_.begin(), slope_.end(), price, std::greater<double>());
  return vertices_[static_cast<size_t>(edge - slope_.begin())];
}

size_t ConcaveHull::compare_scores(double offloaded, double kept, double discount) const {
  const double price = discount * (kept - offloaded);
  const Vertex& best = vertex_at(price);
  const auto close = [&](const Vertex& other) {
    const double loss = (best.gain - other.gain) - price * (best.share - other.share);
    return loss <= 2 * tolerance_;
  };
  // The scores fall on either side of the best vertex: up to the first vertices that are out of
  // reach.
  const size_t position = static_cast<size_t>(&best - vertices_.data());
  size_t first = position;
  size_t last = position;
  while (first > 0 && close(vertices_[first])) --first;
  while (last + 1 < vertices_.size() && close(vertices_[last])) ++last;

  size_t winner = vertices_[first].index;
  double best_score = -std::numeric_limits<double>::infinity();
  for (size_t i = vertices_[first].listed; i <= vertices_[last].listed; ++i) {
    const size_t k = near_[i];
    const double share = curve_.share[k];
    const double score = curve_.gain[k] + discount * (share * offloaded + (1 - share) * kept);
    if (score > best_score) {
      best_score = score;
      winner = k;
    }
  }
  return winner;
}

}  // namespace edgesweep
