#pragma once
#include <fmt/format.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace edgesweep {

// Standard output carries what was asked for, so losing it is an error, unless its reader has gone
// (`| head -1`): then nobody misses it. Standard error carries messages to people, who may have
// closed it: losing those must not end hours of work. All commands write through these functions.

/// Opens something on standard input, output and error where the caller left them closed, so that
/// no results file gets their numbers. A closed output still fails when it is written to.
void open_standard_files();

/// From here on, standard error carries one JSON object a line, for programs
/// (docs/python.md#events).
void write_json_messages();
bool json_messages();

/// Writes to standard error as it is, or as an event "message"; a failure is ignored.
void print_message(const std::string& text);

/// Writes an event, {"event": NAME, ...}, to standard error. After write_json_messages.
void print_event(const nlohmann::ordered_json& event);

/// The lines as notes on standard error.
void print_notes(const std::vector<std::string>& notes);

/// Writes to standard output. Never throws: output_complete tells what was lost.
void write_output(std::string_view text);
template <typename... Arguments>
void print_output(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_output(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Writes out what is left of standard output. False if any of it was lost; then says so.
bool output_complete();

/// Standard error is a terminal on which a line can be written over: not where TERM is "dumb", as
/// in editors, or not set.
bool can_rewrite_lines();

}  // namespace edgesweep
