#include "coordinator/rpc/fetch_reactor.h"

#include "coordinator/rpc/status.h"

namespace ringside::coordinator {

FetchReactor* FetchReactor::Start(Engine* engine, const std::string& job_id) {
  std::shared_ptr<FetchReactor> reactor(new FetchReactor);
  reactor->self_ = reactor;
  engine->FindTrace(job_id, [reactor](absl::StatusOr<std::string> path) { reactor->Begin(path); });
  return reactor.get();
}

void FetchReactor::Begin(const absl::StatusOr<std::string>& path) {
  if (!path.ok()) return Finish(ToGrpc(path.status()));
  file_.open(*path, std::ios::binary);
  if (!file_) return Finish({grpc::StatusCode::DATA_LOSS, "the trace at " + *path + " cannot be opened"});
  SendNext();
}

void FetchReactor::SendNext() {
  std::string* data = chunk_.mutable_data();
  data->resize(kChunkBytes);
  file_.read(data->data(), static_cast<std::streamsize>(data->size()));
  data->resize(static_cast<size_t>(file_.gcount()));
  if (file_.bad()) return Finish({grpc::StatusCode::DATA_LOSS, "the trace cannot be read to its end"});
  if (data->empty()) return Finish(grpc::Status::OK);
  StartWrite(&chunk_);
}

void FetchReactor::OnWriteDone(bool ok) {
  if (!ok) return Finish({grpc::StatusCode::CANCELLED, "the client is gone"});
  SendNext();
}

}  // namespace ringside::coordinator
