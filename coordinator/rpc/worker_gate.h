// ringside.v1.WorkerGate on the wire: one bidirectional stream per rank. A message is read only when the one
// before it was taken in, so a fast worker cannot fill the coordinator's memory.
#pragma once

#include <grpcpp/grpcpp.h>

#include "coordinator/engine/engine.h"
#include "ringside/v1/worker.grpc.pb.h"

namespace ringside::coordinator {

class WorkerGateService : public v1::WorkerGate::CallbackService {
 public:
  explicit WorkerGateService(Engine* engine) : engine_(engine) {}  // which outlives this
  grpc::ServerBidiReactor<v1::WorkerMessage, v1::CoordinatorMessage>* Session(
      grpc::CallbackServerContext* context) override;

 private:
  Engine* const engine_;
};

}  // namespace ringside::coordinator
