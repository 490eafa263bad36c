#pragma once
#include <cstddef>
#include <vector>

namespace edgesweep {

/// Training images sorted into one cell around each point of a metric fit, even- and odd-numbered
/// ones apart, with the moments that a kernel regression of any bandwidth needs. The same bits with
/// any number of threads.
class EntropyCells {
 public:
  /// Powers of an image's offset from its point that are summed up. With offsets of at most half
  /// the distance between points, and bandwidths of at least 3.9 such distances, what the first
  /// power left out adds to a weight exp(-u^2) is below 4e-19 exp(-u^2 / 2).
  static constexpr int kMoments = 16;

  /// Sums over the images of a cell; offset in distances between points, from -1/2 to 1/2.
  struct Moments {
    double count[kMoments] = {};   ///< of offset^n
    double reward[kMoments] = {};  ///< of reward * offset^n
    void add(const Moments& other);
  };

  /// points: evenly spaced, ascending, from the least to the greatest entropy.
  EntropyCells(const std::vector<double>& points, const std::vector<double>& entropy,
               const std::vector<double>& reward);

  int cells() const { return cells_; }
  double spacing() const { return spacing_; }
  /// Of the even-numbered images alone, or of all.
  const std::vector<Moments>& moments(bool even_only) const { return even_only ? even_ : all_; }
  bool is_empty(int cell, bool even_only) const;
  double least_entropy(int cell, bool even_only) const;
  double greatest_entropy(int cell, bool even_only) const;

  /// The images of a cell, in the order of the file: first the even-numbered, then the others.
  struct Range {
    size_t begin, end;
  };
  Range images(int cell, bool even_only) const;
  double entropy(size_t place) const { return entropy_[place]; }
  double reward(size_t place) const { return reward_[place]; }

 private:
  void sort(const std::vector<double>& entropy, const std::vector<double>& reward);
  void sum_moments();

  const std::vector<double>& points_;
  int cells_;
  double spacing_;
  std::vector<size_t> start_;             ///< of bucket 2 cell + parity, and the end of the last
  std::vector<double> entropy_, reward_;  ///< sorted by bucket
  std::vector<double> least_, greatest_;  ///< entropy in each bucket
  std::vector<Moments> even_, all_;
};

}  // namespace edgesweep
