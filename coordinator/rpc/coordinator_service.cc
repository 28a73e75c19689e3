#include "coordinator/rpc/coordinator_service.h"

#include "coordinator/rpc/fetch_reactor.h"
#include "coordinator/rpc/status.h"
#include "coordinator/rpc/watch_reactor.h"

namespace ringside::coordinator {

grpc::ServerUnaryReactor* CoordinatorService::Submit(grpc::CallbackServerContext* context,
                                                     const v1::SubmitRequest* request,
                                                     v1::SubmitResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  engine_->Submit(*request, [reactor, response](absl::StatusOr<v1::Job> job) {
    if (job.ok()) *response->mutable_job() = *std::move(job);
    reactor->Finish(ToGrpc(job.status()));
  });
  return reactor;
}

grpc::ServerWriteReactor<v1::JobEvent>* CoordinatorService::Watch(grpc::CallbackServerContext* context,
                                                                  const v1::WatchRequest* request) {
  return WatchReactor::Start(engine_, request->job_id());
}

grpc::ServerUnaryReactor* CoordinatorService::Cancel(grpc::CallbackServerContext* context,
                                                     const v1::CancelRequest* request,
                                                     v1::CancelResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  engine_->Cancel(request->job_id(), [reactor, response](absl::StatusOr<v1::Job> job) {
    if (job.ok()) *response->mutable_job() = *std::move(job);
    reactor->Finish(ToGrpc(job.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* CoordinatorService::List(grpc::CallbackServerContext* context,
                                                   const v1::ListRequest* request,
                                                   v1::ListResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  engine_->List(*request, [reactor, response](absl::StatusOr<v1::ListResponse> list) {
    if (list.ok()) *response = *std::move(list);
    reactor->Finish(ToGrpc(list.status()));
  });
  return reactor;
}

grpc::ServerWriteReactor<v1::TraceChunk>* CoordinatorService::FetchTrace(
    grpc::CallbackServerContext* context, const v1::FetchTraceRequest* request) {
  return FetchReactor::Start(engine_, request->job_id());
}

}  // namespace ringside::coordinator
