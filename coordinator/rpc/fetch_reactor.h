// One FetchTrace call: sends a verified file in chunks, one in memory at a time. Owns itself until it is
// over.
#pragma once

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/engine/engine.h"

namespace ringside::coordinator {

class FetchReactor : public grpc::ServerWriteReactor<v1::TraceChunk> {
 public:
  static constexpr size_t kChunkBytes = 1 << 20;
  static FetchReactor* Start(Engine* engine, const std::string& job_id);

 private:
  FetchReactor() = default;
  void Begin(const absl::StatusOr<std::string>& path);
  void SendNext();
  void OnWriteDone(bool ok) override;
  void OnDone() override { self_.reset(); }

  std::shared_ptr<FetchReactor> self_;
  std::ifstream file_;
  v1::TraceChunk chunk_;
};

}  // namespace ringside::coordinator
