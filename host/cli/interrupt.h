#pragma once

namespace edgesweep {

// Signals that ask the program to stop: SIGINT (Ctrl-C), SIGTERM, SIGHUP unless it was ignored when
// the program started (nohup), SIGUSR1 and SIGUSR2 (sent by batch systems before a time limit) and
// SIGXCPU. Any number and mix of them is one wish. Only a second SIGINT means more: the process
// ends at once.

/// Exit code of a command that was asked to stop.
constexpr int kInterrupted = 130;

/// From now on a stop signal only sets a flag: runs write their checkpoints and end. A second
/// SIGINT ends the process at once with kInterrupted.
void catch_interrupts();

/// From now on a stop signal ends the process at once with kInterrupted: there is nothing to keep.
void end_on_interrupts();

/// A stop signal has come since catch_interrupts.
bool interrupted();

/// From now on a file over the size limit (SIGXFSZ) is an error like a full disk, and a pipe whose
/// reader is gone (SIGPIPE) an error of the write. Programs that this one starts get the system's
/// own reactions.
void meet_file_limit_as_error();
void meet_closed_pipe_as_error();

}  // namespace edgesweep
