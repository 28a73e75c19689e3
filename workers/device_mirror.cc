#include "workers/device_mirror.h"

#include "base/check.h"
#include "base/status_macros.h"

namespace ringside::workers {

std::byte* DeviceMirror::HostCopy(std::byte* at, int64_t bytes) {
  const auto [copy, fresh] = copies_.try_emplace(at, bytes);
  RINGSIDE_CHECK(static_cast<int64_t>(copy->second.size()) == bytes);
  if (fresh) status_.Update(device_->CopyToHost(copy->second.data(), at, bytes));
  return copy->second.data();
}

absl::Status DeviceMirror::WriteBack() {
  RINGSIDE_RETURN_IF_ERROR(status_);
  for (const auto& [at, copy] : copies_) {
    RINGSIDE_RETURN_IF_ERROR(device_->CopyToDevice(at, copy.data(), static_cast<int64_t>(copy.size())));
  }
  Clear();
  return device_->Synchronize();
}

}  // namespace ringside::workers
