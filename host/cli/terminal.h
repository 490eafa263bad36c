#pragma once
#include <string>

namespace edgesweep {

// Standard output carries what was asked for, so losing it is an error; standard error carries
// messages to people, who may have closed it: losing those must not end hours of work.

/// Opens something on standard input, output and error where the caller left them closed, so that
/// no results file gets their numbers. A closed output still fails when it is written to.
void open_standard_files();

/// Writes to standard error as it is; a failure is ignored.
void tell(const std::string& text);

/// Writes out what is left of standard output. False if any of it was lost; then says so.
bool output_complete();

}  // namespace edgesweep
