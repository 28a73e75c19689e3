#include "coordinator/client.h"

#include <grpcpp/grpcpp.h>

#include "coordinator/launch/worker_environment.h"
#include "coordinator/rpc/status.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"

namespace ringside::coordinator {
namespace {

constexpr auto kCallTimeout = std::chrono::seconds(60);
constexpr auto kCancelTimeout = std::chrono::seconds(120);
constexpr auto kFetchTimeout = std::chrono::minutes(10);

template <class Duration>
void SetTimeout(grpc::ClientContext& context, Duration timeout) {
  context.set_deadline(std::chrono::system_clock::now() + timeout);
}

}  // namespace

CoordinatorClient::CoordinatorClient(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  stub_ = v1::Coordinator::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

absl::StatusOr<v1::Job> CoordinatorClient::Submit(const v1::Scenario& scenario,
                                                  const std::string& request_id) {
  v1::SubmitRequest request;
  *request.mutable_scenario() = scenario;
  request.set_request_id(request_id);
  return Submit(request);
}

absl::StatusOr<v1::Job> CoordinatorClient::Submit(const v1::ProgramSet& programs,
                                                  const std::string& request_id) {
  v1::SubmitRequest request;
  *request.mutable_programs() = programs;
  request.set_request_id(request_id);
  return Submit(request);
}

absl::StatusOr<v1::Job> CoordinatorClient::Submit(const v1::SubmitRequest& request) {
  grpc::ClientContext context;
  SetTimeout(context, kCallTimeout);
  v1::SubmitResponse response;
  const grpc::Status status = stub_->Submit(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return std::move(*response.mutable_job());
}

absl::StatusOr<v1::Job> CoordinatorClient::Watch(const std::string& job_id,
                                                 const std::function<bool(const v1::JobEvent&)>& on_event,
                                                 std::chrono::milliseconds timeout) {
  grpc::ClientContext context;
  SetTimeout(context, timeout);
  v1::WatchRequest request;
  request.set_job_id(job_id);
  const auto reader = stub_->Watch(&context, request);
  v1::Job last;
  v1::JobEvent event;
  while (reader->Read(&event)) {
    if (event.has_job()) last = event.job();
    if (on_event && !on_event(event)) {
      context.TryCancel();
      while (reader->Read(&event)) {
      }
      reader->Finish();
      return absl::CancelledError(fmt::format("watching job {} was given up", job_id));
    }
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return FromGrpc(status);
  return last;
}

absl::StatusOr<v1::Job> CoordinatorClient::Cancel(const std::string& job_id) {
  grpc::ClientContext context;
  SetTimeout(context, kCancelTimeout);
  v1::CancelRequest request;
  request.set_job_id(job_id);
  v1::CancelResponse response;
  const grpc::Status status = stub_->Cancel(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return std::move(*response.mutable_job());
}

absl::StatusOr<v1::ListResponse> CoordinatorClient::List(int page_size, const std::string& page_token) {
  grpc::ClientContext context;
  SetTimeout(context, kCallTimeout);
  v1::ListRequest request;
  request.set_page_size(page_size);
  request.set_page_token(page_token);
  v1::ListResponse response;
  const grpc::Status status = stub_->List(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

absl::StatusOr<v1::Trace> CoordinatorClient::FetchTrace(const std::string& job_id) {
  grpc::ClientContext context;
  SetTimeout(context, kFetchTimeout);
  v1::FetchTraceRequest request;
  request.set_job_id(job_id);
  const auto reader = stub_->FetchTrace(&context, request);
  std::string bytes;
  v1::TraceChunk chunk;
  while (reader->Read(&chunk)) bytes += chunk.data();
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return FromGrpc(status);
  v1::Trace trace;
  if (bytes.size() > INT32_MAX || !trace.ParseFromString(bytes)) {
    return absl::DataLossError(
        fmt::format("the trace of job {} ({} bytes) cannot be parsed", job_id, bytes.size()));
  }
  return trace;
}

}  // namespace ringside::coordinator
