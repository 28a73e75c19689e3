#include "workers/session/trace_parts.h"

#include <algorithm>

#include "base/status_macros.h"

namespace ringside::workers {
namespace {

// Gathers elements until they are enough for a message.
class Cutter {
 public:
  Cutter(int32_t rank, int64_t max_bytes, const std::function<absl::Status(const v1::RankTrace&)>& sink)
      : rank_(rank), max_bytes_(max_bytes), sink_(sink) {
    part_.set_rank(rank_);
  }

  // Room for an element of about `bytes` in the current part.
  absl::Status Reserve(int64_t bytes) {
    if (bytes_ > 0 && bytes_ + bytes > max_bytes_) RINGSIDE_RETURN_IF_ERROR(Send());
    bytes_ += bytes;
    return absl::OkStatus();
  }

  template <class Field>
  absl::Status Copy(const Field& from, Field* to) {
    for (const auto& element : from) {
      RINGSIDE_RETURN_IF_ERROR(Reserve(static_cast<int64_t>(element.ByteSizeLong()) + 4));
      *to->Add() = element;
    }
    return absl::OkStatus();
  }

  absl::Status Send() {
    RINGSIDE_RETURN_IF_ERROR(sink_(part_));
    part_.Clear();
    part_.set_rank(rank_);
    bytes_ = 0;
    return absl::OkStatus();
  }

  v1::RankTrace* part() { return &part_; }

 private:
  const int32_t rank_;
  const int64_t max_bytes_;
  const std::function<absl::Status(const v1::RankTrace&)>& sink_;
  v1::RankTrace part_;
  int64_t bytes_ = 0;
};

absl::Status CopyParams(const v1::RankTrace& trace, int64_t max_bytes, Cutter* cutter) {
  const int most =
      static_cast<int>(std::max<int64_t>(1, max_bytes / 32));  // pairs of doubles, half a message
  for (const v1::ParamValues& values : trace.params()) {
    const int count = std::max(values.weights_size(), values.grads_size());
    for (int begin = 0; begin == 0 || begin < count; begin += most) {
      const auto slice = [&](const auto& from, auto* to) {
        to->Add(from.begin() + std::min(begin, from.size()),
                from.begin() + std::min(begin + most, from.size()));
      };
      v1::ParamValues piece;
      piece.set_param(values.param());
      slice(values.weights(), piece.mutable_weights());
      slice(values.grads(), piece.mutable_grads());
      RINGSIDE_RETURN_IF_ERROR(cutter->Reserve(static_cast<int64_t>(piece.ByteSizeLong()) + 4));
      *cutter->part()->add_params() = std::move(piece);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CutTrace(const v1::RankTrace& trace, int64_t max_bytes,
                      const std::function<absl::Status(const v1::RankTrace&)>& sink) {
  Cutter cutter(trace.rank(), max_bytes, sink);
  // What is small goes first, all of it.
  v1::RankTrace* head = cutter.part();
  head->set_host(trace.host());
  head->set_pid(trace.pid());
  *head->mutable_peak_bytes() = trace.peak_bytes();
  head->set_peak_total_bytes(trace.peak_total_bytes());
  *head->mutable_sent_bytes() = trace.sent_bytes();
  head->set_clock_offset_ns(trace.clock_offset_ns());
  head->set_clock_residual_ns(trace.clock_residual_ns());
  head->set_dropped_hops(trace.dropped_hops());
  RINGSIDE_RETURN_IF_ERROR(cutter.Reserve(static_cast<int64_t>(head->ByteSizeLong())));
  RINGSIDE_RETURN_IF_ERROR(cutter.Copy(trace.steps(), head->mutable_steps()));
  RINGSIDE_RETURN_IF_ERROR(cutter.Copy(trace.spans(), head->mutable_spans()));
  RINGSIDE_RETURN_IF_ERROR(cutter.Copy(trace.memory(), head->mutable_memory()));
  RINGSIDE_RETURN_IF_ERROR(cutter.Copy(trace.hops(), head->mutable_hops()));
  RINGSIDE_RETURN_IF_ERROR(CopyParams(trace, max_bytes, &cutter));
  return cutter.Send();
}

}  // namespace ringside::workers
