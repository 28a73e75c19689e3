#include "trace/trace_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/status_macros.h"

namespace ringside::trace {
namespace {

// The enumerator of that name; enumerators are numbered from 0.
template <class Enum>
bool FromName(std::string_view name, int count, Enum* value) {
  for (int i = 0; i < count; ++i) {
    if (plan::Name(static_cast<Enum>(i)) != name) continue;
    *value = static_cast<Enum>(i);
    return true;
  }
  return false;
}

// The two ends of one direction between pipeline stages: kSendForward meets kRecvForward.
int DirectionOf(plan::Stream stream) {
  return stream == plan::Stream::kSendForward || stream == plan::Stream::kRecvForward ? 0 : 1;
}

}  // namespace

absl::StatusOr<TraceIndex> TraceIndex::Create(const v1::Trace& trace) {
  if (trace.programs_size() == 0) return absl::InvalidArgumentError("the trace holds no programs");
  if (trace.programs_size() != trace.ranks_size()) {
    return absl::InvalidArgumentError(
        fmt::format("the trace holds {} programs but {} ranks", trace.programs_size(), trace.ranks_size()));
  }
  TraceIndex index;
  index.trace_ = &trace;
  index.ranks_.resize(trace.ranks_size());
  for (int rank = 0; rank < trace.ranks_size(); ++rank) {
    if (trace.ranks(rank).rank() != rank || trace.programs(rank).rank() != rank) {
      return absl::InvalidArgumentError(
          fmt::format("position {} of the trace holds rank {} and the program of rank {}", rank,
                      trace.ranks(rank).rank(), trace.programs(rank).rank()));
    }
    RINGSIDE_RETURN_IF_ERROR(index.AddOps(rank));
    RINGSIDE_RETURN_IF_ERROR(index.AddSpans(rank));
  }
  index.Match();
  index.FindSteps();
  return index;
}

absl::Status TraceIndex::AddOps(int rank) {
  const v1::Program& program = trace_->programs(rank);
  std::array<int32_t, plan::kNumStreams> last_on_stream;
  last_on_stream.fill(-1);
  std::vector<OpInfo>& ops = ranks_[rank].ops;
  ops.reserve(program.ops_size());
  for (int32_t i = 0; i < program.ops_size(); ++i) {
    const v1::OpDef& def = program.ops(i);
    const auto refuse = [&](std::string_view reason) {
      return absl::InvalidArgumentError(fmt::format("program of rank {}, op {}: {}", rank, i, reason));
    };
    OpInfo info;
    if (!FromName(def.kind(), plan::kNumOpKinds, &info.kind))
      return refuse("unknown kind \"" + def.kind() + "\"");
    if (!FromName(def.stream(), plan::kNumStreams, &info.stream)) {
      return refuse("unknown stream \"" + def.stream() + "\"");
    }
    if (!FromName(def.phase(), plan::kNumPhases, &info.phase))
      return refuse("unknown phase \"" + def.phase() + "\"");
    if (info.is_communication() == (info.stream == plan::Stream::kCompute)) {
      return refuse("communication on the compute stream, or the other way round");
    }
    for (const int32_t dep : def.deps()) {
      if (dep < 0 || dep >= i) return refuse(fmt::format("depends on op {}, which is not before it", dep));
      if (ops[dep].is_communication()) info.comm_deps.push_back(dep);
    }
    if (info.is_communication()) {
      info.stream_predecessor = std::exchange(last_on_stream[static_cast<int>(info.stream)], i);
      if (info.kind == plan::OpKind::kSend || info.kind == plan::OpKind::kRecv) {
        info.axis = "pp";
      } else {
        if (def.group() < 0 || def.group() >= program.groups_size()) {
          return refuse(
              fmt::format("group {} is not among the {} of its program", def.group(), program.groups_size()));
        }
        info.axis = program.groups(def.group()).axis();
      }
    }
    ops.push_back(std::move(info));
  }
  return absl::OkStatus();
}

absl::Status TraceIndex::AddSpans(int rank) {
  const v1::RankTrace& recorded = trace_->ranks(rank);
  Rank& out = ranks_[rank];
  const auto num_ops = static_cast<int32_t>(out.ops.size());
  std::vector<const v1::OpSpan*> spans;
  spans.reserve(recorded.spans_size());
  for (const v1::OpSpan& span : recorded.spans()) {
    if (span.op() < 0 || span.op() >= num_ops) {
      return absl::InvalidArgumentError(
          fmt::format("rank {} step {}: a span of op {}, but its program has {} ops", rank, span.step(),
                      span.op(), num_ops));
    }
    if (span.end_ns() < span.start_ns() || span.start_ns() < span.issue_ns()) {
      return absl::InvalidArgumentError(
          fmt::format("rank {} step {} op {}: issued at {} ns, started at {}, ended at {}", rank, span.step(),
                      span.op(), span.issue_ns(), span.start_ns(), span.end_ns()));
    }
    spans.push_back(&span);
  }
  std::sort(spans.begin(), spans.end(), [](const v1::OpSpan* a, const v1::OpSpan* b) {
    return std::pair(a->step(), a->op()) < std::pair(b->step(), b->op());
  });
  for (const v1::OpSpan* span : spans) {
    if (out.rows.empty() || out.rows.back().step != span->step()) out.rows.push_back({span->step(), {}});
    auto& row = out.rows.back().spans;
    if (!row.empty() && row.back()->op() == span->op()) {
      return absl::InvalidArgumentError(
          fmt::format("rank {} step {}: op {} is recorded twice", rank, span->step(), span->op()));
    }
    row.push_back(span);
  }
  for (const v1::StepMark& mark : recorded.steps()) {
    if (mark.end_ns() < mark.start_ns()) {
      return absl::InvalidArgumentError(
          fmt::format("rank {} step {}: ends before it starts", rank, mark.step()));
    }
    out.marks.push_back(&mark);
  }
  std::stable_sort(out.marks.begin(), out.marks.end(),
                   [](const v1::StepMark* a, const v1::StepMark* b) { return a->step() < b->step(); });
  return absl::OkStatus();
}

void TraceIndex::Match() {
  // Collectives: axis, ranks, stream, ordinal. Transfers: "", {sender, receiver}, direction, ordinal.
  using Key = std::tuple<std::string, std::vector<int32_t>, int, int>;
  std::map<Key, int32_t> match_of;
  for (int rank = 0; rank < num_ranks(); ++rank) {
    const v1::Program& program = trace_->programs(rank);
    std::map<Key, int> ordinals;  // with ordinal 0 in the key
    for (int32_t i = 0; i < program.ops_size(); ++i) {
      OpInfo& info = ranks_[rank].ops[i];
      if (!info.is_communication()) continue;
      const v1::OpDef& def = program.ops(i);
      Key key;
      if (info.kind == plan::OpKind::kSend) {
        key = {"", {rank, def.peer()}, DirectionOf(info.stream), 0};
      } else if (info.kind == plan::OpKind::kRecv) {
        key = {"", {def.peer(), rank}, DirectionOf(info.stream), 0};
      } else {
        const v1::Group& group = program.groups(def.group());
        key = {group.axis(), {group.ranks().begin(), group.ranks().end()}, static_cast<int>(info.stream), 0};
      }
      // A rank is sender and receiver of different transfers only, so one count for both ends of a key is
      // right.
      const int ordinal = ordinals[key]++;
      std::get<3>(key) = ordinal;
      const auto [it, is_new] = match_of.emplace(std::move(key), static_cast<int32_t>(matches_.size()));
      if (is_new) matches_.emplace_back();
      info.match = it->second;
      matches_[info.match].push_back({rank, i});
    }
  }
}

void TraceIndex::FindSteps() {
  for (const v1::StepMark* first : ranks_[0].marks) {
    const int step = first->step();
    const auto has = [&](int rank) { return mark(rank, step) != nullptr; };
    bool everywhere = steps_.empty() || steps_.back() != step;
    for (int rank = 1; rank < num_ranks() && everywhere; ++rank) everywhere = has(rank);
    if (everywhere) steps_.push_back(step);
  }
}

const TraceIndex::Row* TraceIndex::FindRow(int rank, int step) const {
  const std::vector<Row>& rows = ranks_[rank].rows;
  const auto it =
      std::lower_bound(rows.begin(), rows.end(), step, [](const Row& row, int s) { return row.step < s; });
  return it != rows.end() && it->step == step ? &*it : nullptr;
}

const v1::OpSpan* TraceIndex::span(int rank, int step, int32_t op) const {
  const Row* row = FindRow(rank, step);
  if (row == nullptr) return nullptr;
  if (row->spans.size() == ranks_[rank].ops.size()) return row->spans[op];  // all recorded: position = op
  const auto it = std::lower_bound(row->spans.begin(), row->spans.end(), op,
                                   [](const v1::OpSpan* span, int32_t o) { return span->op() < o; });
  return it != row->spans.end() && (*it)->op() == op ? *it : nullptr;
}

const v1::StepMark* TraceIndex::mark(int rank, int step) const {
  const auto& marks = ranks_[rank].marks;
  const auto it = std::lower_bound(marks.begin(), marks.end(), step,
                                   [](const v1::StepMark* mark, int s) { return mark->step() < s; });
  return it != marks.end() && (*it)->step() == step ? *it : nullptr;
}

bool TraceIndex::HasSpans(int step) const {
  for (int rank = 0; rank < num_ranks(); ++rank) {
    const Row* row = FindRow(rank, step);
    if (row == nullptr || row->spans.size() != ranks_[rank].ops.size()) return false;
  }
  return true;
}

int TraceIndex::warmup() const {
  const int warmup = trace_->programs(0).run().warmup();
  if (steps_.empty() || steps_.front() == 0) return warmup;
  return std::min(steps_.front() + warmup, steps_.back());
}

int64_t TraceIndex::TransferBegin(int rank, int step, int32_t op) const {
  const v1::OpSpan* own = span(rank, step, op);
  if (own == nullptr) return 0;
  int64_t begin = own->start_ns();
  const OpInfo& info = ranks_[rank].ops[op];
  for (const OpRef& member : matches_[info.match]) {
    const v1::OpSpan* other = span(member.rank, step, member.op);
    if (other == nullptr) continue;
    const bool buffered = info.kind == plan::OpKind::kSend && other->start_ns() >= own->end_ns();
    if (!buffered) begin = std::max(begin, other->start_ns());
  }
  return std::min(begin, own->end_ns());
}

}  // namespace ringside::trace
