#include "host/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "host/error.h"

namespace edgesweep {
namespace {

constexpr unsigned int kDigestBytes = 32;
constexpr size_t kPieceBytes = size_t{1} << 20;

void require(bool ok) {
  if (!ok) throw SystemError("SHA-256 failed in libcrypto");
}

}  // namespace

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(const void* data, size_t size) {
  require(EVP_DigestUpdate(state_->context.get(), data, size) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &length) == 1 &&
          length == kDigestBytes);
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

std::string sha256_hex(const void* data, size_t size) {
  Sha256 hash;
  hash.add(data, size);
  return hash.hex();
}

std::string sha256_of_file(const std::string& path) {
  const auto failure = [&] {
    return SystemError(path + ": cannot read: " + std::generic_category().message(errno));
  };
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw failure();
  Sha256 hash;
  std::vector<unsigned char> piece(kPieceBytes);
  while (const size_t got = std::fread(piece.data(), 1, piece.size(), file.get()))
    hash.add(piece.data(), got);
  if (std::ferror(file.get()) != 0) throw failure();
  return hash.hex();
}

}  // namespace edgesweep
