#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace edgesweep {

/// Replaces the file at `path` by `content`, or leaves it as it was: writes
/// `<path>.<process>.<number>.tmp` beside it, fsync, rename over it, fsync of the folder. On
/// failure the temporary file is removed and SystemError says path and reason.
void replace_file(const std::string& path, const std::vector<unsigned char>& content);

/// Makes the folder with those above it, if missing, so that it survives a power cut. Throws
/// SystemError.
void make_folder(const std::string& path);

/// Removes temporary files that a process left when it was killed in replace_file(path). Only for
/// the one who alone writes `path`. An empty `path` name ("folder/") means all files of the folder.
void remove_leftovers(const std::string& path);

/// False if nothing is there. InputError if it is no regular file, SystemError if it cannot be
/// read.
bool file_exists(const std::string& path);

/// The whole file. SystemError when it cannot be read.
std::vector<unsigned char> read_file(const std::string& path);

}  // namespace edgesweep
