#pragma once
#include <string>
#include <vector>

#include "host/config/settings.h"
#include "host/data/released_sequences.h"
#include "host/data/replay.h"

namespace edgesweep {

/// A table of test sequences to draw by the rule of the released code, and the file for it.
struct SequenceTable {
  std::string path;     ///< of the file
  std::string dataset;  ///< in it: "index" or "gap"
  ReleasedSize size;
  int64_t first_row = 0;                   ///< the sequence that comes first; those before it last
  int32_t image_count = 0;                 ///< "index"
  MetricSequenceSettings metric_sequence;  ///< "index": iid or local_reset
  ArrivalSettings arrivals;                ///< "gap": markov_modulated
  std::string place;                       ///< in the file that asks for it, for messages
};

/// Reads what `edgesweep sequences --help` describes: a JSON file with a list of tables. Defaults
/// of a metric sequence and of arrivals are those of a config. folder: what the names of the files
/// start from. Throws InputError.
std::vector<SequenceTable> read_sequence_tables(const std::string& path, const std::string& folder);

/// drawn: gets the values; its memory is used again.
void draw_sequences(const SequenceTable& table, ReplayTable& drawn);

}  // namespace edgesweep
