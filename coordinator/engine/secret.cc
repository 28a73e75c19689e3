#include "coordinator/engine/secret.h"

#include <sys/random.h>

#include "base/check.h"
#include "fmt/format.h"

namespace ringside::coordinator {
namespace {

std::string RandomHex(int num_bytes) {
  unsigned char bytes[32];
  RINGSIDE_CHECK(::getrandom(bytes, static_cast<size_t>(num_bytes), 0) == num_bytes);
  std::string hex;
  for (int i = 0; i < num_bytes; ++i) hex += fmt::format("{:02x}", bytes[i]);
  return hex;
}

}  // namespace

std::string NewJobId() {
  return "j" + RandomHex(6);
}

std::string NewSecret() {
  return RandomHex(16);
}

bool SameSecret(std::string_view a, std::string_view b) {
  if (a.size() != b.size() || a.empty()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace ringside::coordinator
