#include "host/error.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace edgesweep {
namespace {

std::string message(const std::string& file, const std::string& place, const std::string& found,
                    const std::string& allowed, const std::string& nearest) {
  std::string text = file;
  if (!place.empty()) text += (text.empty() ? "" : ": ") + place;
  if (!found.empty()) text += ": found " + found;
  if (!allowed.empty()) text += (found.empty() ? ": " : "; ") + std::string("allowed: ") + allowed;
  if (!nearest.empty()) text += " (did you mean \"" + nearest + "\"?)";
  // NUL would end the message where it stands.
  for (size_t at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
    text.replace(at, 1, "\\0");
  return text;
}

}  // namespace

InputError::InputError(const std::string& file, const std::string& place, const std::string& found,
                       const std::string& allowed, const std::string& nearest)
    : std::runtime_error(message(file, place, found, allowed, nearest)),
      parts_{file, place, found, allowed, nearest} {}

int edit_distance(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace edgesweep
