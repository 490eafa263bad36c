#pragma once
#include <cstddef>
#include <vector>

#include "host/policy/rewards.h"

namespace edgesweep {

/// The upper concave hull of the points (F_k, G_k), for finding the first k that maximises
///   score(k) = G_k + discount (F_k offloaded + (1 - F_k) kept)
/// as it comes out in double precision, for any values `offloaded` and `kept` after an offload and
/// without one.
///
/// In exact numbers score(k) = G_k - price F_k + constant with price = discount (kept - offloaded),
/// so the maximiser is the vertex whose edges are steeper than the price to the left and less steep
/// (or as steep: first maximum) to the right. In double precision another k may win by rounding,
/// but only one whose score is within `tolerance` of the vertex's, and such a k lies within
/// `tolerance` of the hull: those points are kept in a list. Every vertex knows the prices for
/// which no point of the list comes that close, and only at other prices are scores compared.
class ConcaveHull {
 public:
  /// A vertex, and the open interval of prices at which it wins for certain (may be empty).
  struct Vertex {
    size_t index = 0;  ///< k - 1
    double share = 0;
    double gain = 0;
    double lowest_price = 0;
    double highest_price = 0;
    size_t listed = 0;  ///< its place in the list of points near the hull
  };

  /// tolerance: more than what rounding can do to the difference of two scores. `curve` has to
  /// outlive the hull.
  ConcaveHull(const RewardCurve& curve, double tolerance);

  /// The vertex that wins at this price in exact numbers. O(log H).
  const Vertex& vertex_at(double price) const;

  /// k - 1 of the first largest score, comparing the scores of all points that may win.
  size_t compare_scores(double offloaded, double kept, double discount) const;

 private:
  void find_vertices();
  void list_points_near();
  void find_certain_prices();
  double below_hull(size_t index, size_t edge) const;

  const RewardCurve& curve_;
  double tolerance_;
  std::vector<Vertex> vertices_;
  std::vector<double> slope_;  ///< [v]: from vertex v to v + 1, strictly descending
  std::vector<size_t> near_;   ///< points within the tolerance of the hull, vertices too; ascending
};

}  // namespace edgesweep
