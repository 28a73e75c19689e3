// ringside.v1.Coordinator on the wire: every rpc is one call of the engine. Asynchronous throughout, so that
// any number of watchers costs no thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include "coordinator/engine/engine.h"
#include "ringside/v1/coordinator.grpc.pb.h"

namespace ringside::coordinator {

class CoordinatorService : public v1::Coordinator::CallbackService {
 public:
  explicit CoordinatorService(Engine* engine) : engine_(engine) {}  // which outlives this

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const v1::SubmitRequest* request,
                                   v1::SubmitResponse* response) override;
  grpc::ServerWriteReactor<v1::JobEvent>* Watch(grpc::CallbackServerContext* context,
                                                const v1::WatchRequest* request) override;
  grpc::ServerUnaryReactor* Cancel(grpc::CallbackServerContext* context, const v1::CancelRequest* request,
                                   v1::CancelResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListRequest* request,
                                 v1::ListResponse* response) override;
  grpc::ServerWriteReactor<v1::TraceChunk>* FetchTrace(grpc::CallbackServerContext* context,
                                                       const v1::FetchTraceRequest* request) override;

 private:
  Engine* const engine_;
};

}  // namespace ringside::coordinator
