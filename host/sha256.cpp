#include "host/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "host/error.h"

namespace edgesweep {

std::string sha256_hex(const void* data, size_t size) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(data, size, digest.data(), &length, EVP_sha256(), nullptr) != 1 || length != 32)
    throw SystemError("SHA-256 failed in libcrypto");
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * static_cast<size_t>(length));
  for (unsigned int i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace edgesweep
