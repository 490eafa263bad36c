#pragma once
#include <string>
#include <utility>
#include <vector>

#include "host/compare/comparison_lines.h"
#include "host/hdf5/hdf5_table.h"
#include "host/results/result_table.h"

namespace edgesweep {

/// A row a published value.
ResultGrid points_grid(const Comparison& comparison);

/// A row a figure and curve.
ResultGrid lines_grid(const Comparison& comparison);

/// Both as tables of a results file: "comparison" and "comparison_summary".
std::vector<std::pair<std::string, Table>> comparison_tables(const Comparison& comparison);

/// What the numbers contain, sentence by sentence: sequences, intervals, and the tables' own notes.
/// Only what applies to this comparison.
std::vector<std::string> comparison_notes(const Comparison& comparison);

}  // namespace edgesweep
