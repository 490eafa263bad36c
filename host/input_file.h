#pragma once
#include <string>
#include <vector>

namespace edgesweep {

/// The bytes of a file that came from outside, with the path as the person gave it (for messages).
struct InputFile {
  std::string path;
  std::vector<unsigned char> bytes;
};

/// Throws InputError unless path is a regular file that is not empty: a missing file, a directory
/// or a named pipe is refused by what it is, and never opened (opening a pipe would wait for a
/// writer).
void check_regular_file(const std::string& path);

/// Reads a whole file of at most 4 GiB. Throws InputError as above, for a longer file and for one
/// without permission to read; SystemError when reading itself fails.
InputFile read_input_file(const std::string& path);

/// The first bytes of a file, at most 4 KiB: enough to tell what it is. Throws as read_input_file.
InputFile read_input_start(const std::string& path);

/// What the first bytes of a file that is neither .npz nor HDF5 look like, for the message.
std::string kind_of_bytes(const InputFile& file);

/// A name from a file as it may be shown in a message: printable ASCII, at most 40 characters.
std::string printable(const std::string& name);

/// Throws InputError for an array that is not there: lists what the file holds and offers the
/// nearest name among those that are not `expected` themselves.
[[noreturn]] void refuse_missing(const std::string& path, const std::string& name,
                                 const std::vector<std::string>& present,
                                 const std::vector<std::string>& expected,
                                 const std::string& allowed = "an array of this name");

}  // namespace edgesweep
