// The coordinator as seen by a program that uses it: the rpcs of coordinator.proto with absl::Status, whose
// codes are gRPC's one to one. Thread-safe; every call is bounded by a deadline.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ringside/v1/coordinator.grpc.pb.h"
#include "ringside/v1/trace.pb.h"

namespace ringside::coordinator {

class CoordinatorClient {
 public:
  // `address`: "127.0.0.1:7070" or any gRPC target. Connects at the first call.
  explicit CoordinatorClient(const std::string& address);

  // `request_id` makes a repeated submission answer with the same job; may be empty.
  absl::StatusOr<v1::Job> Submit(const v1::Scenario& scenario, const std::string& request_id = "");
  absl::StatusOr<v1::Job> Submit(const v1::ProgramSet& programs, const std::string& request_id = "");
  absl::StatusOr<v1::Job> Submit(const v1::SubmitRequest& request);

  // Calls `on_event` (may be empty) with the job as it is and every change and step, and returns the job when
  // it has ended. False from `on_event` ends the watching with CANCELLED; the job goes on.
  // DEADLINE_EXCEEDED: it has not ended within `timeout`.
  absl::StatusOr<v1::Job> Watch(const std::string& job_id,
                                const std::function<bool(const v1::JobEvent&)>& on_event,
                                std::chrono::milliseconds timeout = std::chrono::hours(24));

  // Returns when the job has ended as cancelled and its processes are gone.
  absl::StatusOr<v1::Job> Cancel(const std::string& job_id);

  absl::StatusOr<v1::ListResponse> List(int page_size = 0, const std::string& page_token = "");

  // DATA_LOSS also where what came cannot be parsed.
  absl::StatusOr<v1::Trace> FetchTrace(const std::string& job_id);

 private:
  std::unique_ptr<v1::Coordinator::Stub> stub_;
};

}  // namespace ringside::coordinator
