#include "workers/checkpoint/checkpointer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "workers/checkpoint/checkpoint_source.h"
#include "workers/checkpoint/convert.h"
#include "workers/checkpoint/exchange.h"
#include "workers/checkpoint/model_file.h"
#include "workers/checkpoint/ownership.h"
#include "workers/checkpoint/safetensors.h"
#include "workers/checkpoint/write_error.h"

namespace ringside::checkpoint {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using workers::MemoryOf;

constexpr int64_t kPartBytes = 1 << 22;  // written at once, then counted as progress

plan::DType TypeIn(const plan::Program& program, const plan::Param& param, Kind kind) {
  return program.buffers[PieceOf(param, kind).view.buffer].dtype;
}

// What a rank tells of what it wrote: for rank 0, which writes the index.
Json Report(const plan::Program& program, const std::vector<plan::Param>& state,
            const std::vector<Slice>& slices) {
  Json tensors = Json::object();
  for (const Slice& slice : slices) {
    const plan::Param& param = state[slice.param];
    Json& tensor = tensors[param.name];
    tensor["shape"] = {param.outer, param.mid_total, param.inner};
    tensor["dtype"][std::string(Name(slice.kind))] = SafetensorsName(TypeIn(program, param, slice.kind));
  }
  return {{"tensors", tensors}};
}

absl::Status MakeEmpty(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  fs::create_directories(path, error);
  return error ? CannotWrite(path, error.value()) : absl::OkStatus();
}

}  // namespace

struct Checkpointer::Plan {
  std::vector<Slice> slices;
  std::vector<TensorHeader> headers;  // of the slices
  std::map<std::string, std::string> metadata;
};

Checkpointer::Checkpointer(const plan::Program& program, workers::Transport* transport,
                           workers::RunControl* control, CheckpointOptions options)
    : program_(program),
      transport_(transport),
      control_(control),
      options_(std::move(options)),
      state_(StateOf(program)) {}

workers::RunHooks Checkpointer::Hooks() {
  workers::RunHooks hooks;
  hooks.before_first_step = [this](const MemoryOf& memory) { return Restore(memory); };
  if (options_.every > 0 && !options_.dir.empty()) {
    hooks.after_step = [this](int32_t step, const MemoryOf& memory) {
      return (step + 1) % options_.every == 0 ? Save(step + 1, memory) : absl::OkStatus();
    };
  }
  return hooks;
}

// -- restoring ----------------------------------------------------------------------------------------

absl::StatusOr<int32_t> Checkpointer::Restore(const MemoryOf& memory) {
  std::string path;  // rank 0 chooses for all
  if (options_.resume && transport_->rank() == 0) {
    SweepCheckpoints(options_.dir, /*keep=*/0);
    path = LatestCheckpoint(options_.dir).value_or("");
  }
  RINGSIDE_ASSIGN_OR_RETURN(const auto paths, AllGather(*transport_, path, control_->stop));
  path = paths[0];
  if (path.empty() && options_.init_from.empty()) return 0;
  absl::StatusOr<int32_t> first = 0;
  if (!path.empty()) {
    first = Load(path, memory);
    if (absl::IsDataLoss(first.status())) {
      first = absl::DataLossError(fmt::format("{}; to go on from the checkpoint before it, move {} away",
                                              std::string(first.status().message()), path));
    }
  } else {
    first = LoadModelFile(memory);
  }
  RINGSIDE_RETURN_IF_ERROR(AllAgree(*transport_, first.status(), control_->stop));
  return first;
}

absl::StatusOr<int32_t> Checkpointer::LoadModelFile(const MemoryOf& memory) {
  const auto source = ModelFile::Open(options_.init_from);
  const absl::Status same = CheckSameTensors(
      source.ok() ? (*source)->TensorNames() : std::vector<std::string>(), options_.init_from);
  RINGSIDE_RETURN_IF_ERROR(source.status());
  RINGSIDE_RETURN_IF_ERROR(same);
  RINGSIDE_ASSIGN_OR_RETURN(const std::set<std::string> conversions,
                            LoadState(program_, state_, LoadStates::kNo, **source, memory));
  std::string note = "checkpoints: the weights began with those of " + options_.init_from;
  for (const std::string& conversion : conversions) note += "; " + conversion;
  notes_.push_back(std::move(note));
  return 0;
}

absl::StatusOr<int32_t> Checkpointer::Load(const std::string& path, const MemoryOf& memory) {
  const auto source = CheckpointSource::Open(path);
  std::vector<std::string> names;
  if (source.ok()) {
    for (const auto& [name, tensor] : (*source)->index().tensors) names.push_back(name);
  }
  // All must take part in the exchange, whatever they met.
  const absl::Status same = CheckSameTensors(names, "the checkpoint " + path);
  RINGSIDE_RETURN_IF_ERROR(source.status());
  RINGSIDE_RETURN_IF_ERROR(same);
  const Index& index = (*source)->index();
  if (index.step >= program_.run.steps()) {
    return absl::InvalidArgumentError(fmt::format(
        "the checkpoint {} is of step {} and run.steps is {}: nothing is left to do; raise run.steps", path,
        index.step, program_.run.steps()));
  }
  for (size_t i = transport_->rank(); i < index.files.size(); i += transport_->size()) {
    RINGSIDE_RETURN_IF_ERROR(VerifyFile(path, index.files[i]));
    control_->ops_done.fetch_add(1, std::memory_order_relaxed);
  }
  RINGSIDE_ASSIGN_OR_RETURN(const std::set<std::string> conversions,
                            LoadState(program_, state_, LoadStates::kYes, **source, memory));
  std::string note = fmt::format("checkpoints: resumed at step {} from a checkpoint of {} ranks", index.step,
                                 index.world_size);
  for (const std::string& conversion : conversions) note += "; " + conversion;
  if (index.tokens_per_step != program_.tokens_per_step || index.seed != program_.run.seed()) {
    note += fmt::format("; it was trained with {} tokens a step and seed {}, so the data are not the same",
                        index.tokens_per_step, index.seed);
  }
  notes_.push_back(std::move(note));
  return index.step;
}

// A tensor there that no rank has is of another model, too. Every rank calls it, with the names it has found.
absl::Status Checkpointer::CheckSameTensors(const std::vector<std::string>& names, const std::string& where) {
  Json mine = Json::array();
  for (const plan::Param& param : state_) mine.push_back(param.name);
  RINGSIDE_ASSIGN_OR_RETURN(const auto all, AllGather(*transport_, mine.dump(), control_->stop));
  std::set<std::string> known = {kLossScale, kSkippedSteps};
  for (const std::string& text : all) {
    for (const Json& name : Json::parse(text, nullptr, /*allow_exceptions=*/false)) known.insert(name);
  }
  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    return absl::InvalidArgumentError(
        fmt::format("{} is of another model: it has a tensor {}, which this model has not", where, name));
  }
  return absl::OkStatus();
}

// -- saving -------------------------------------------------------------------------------------------

absl::Status Checkpointer::MakePlan() {
  RINGSIDE_ASSIGN_OR_RETURN(const auto all,
                            AllGather(*transport_, Serialize(HoldingsOf(state_)), control_->stop));
  std::vector<std::vector<Holding>> holdings;
  for (const std::string& bytes : all) {
    RINGSIDE_ASSIGN_OR_RETURN(holdings.emplace_back(), ParseHoldings(bytes));
  }
  auto plan = std::make_shared<Plan>();
  plan->slices = std::move(AssignSlices(holdings)[transport_->rank()]);
  for (const Slice& slice : plan->slices) {
    const plan::Param& param = state_[slice.param];
    const Elements& e = slice.elements;
    const std::string name = fmt::format("{}/{}/{}", param.name, Name(slice.kind), e.begin);
    const bool whole = e.begin == 0 && e.end == param.elems();
    plan->headers.push_back({name, TypeIn(program_, param, slice.kind),
                             whole ? std::vector<int64_t>{param.outer, param.mid_count, param.inner}
                                   : std::vector<int64_t>{e.end - e.begin}});
    plan->metadata[name] = DescribeSlice(param, slice);
  }
  plan_ = std::move(plan);
  return absl::OkStatus();
}

absl::Status Checkpointer::Save(int32_t steps, const MemoryOf& memory) {
  const auto start = std::chrono::steady_clock::now();
  if (const absl::Status status = TrySave(steps, memory); !status.ok()) {
    return {status.code(), fmt::format("the checkpoint of step {} was not written: {}", steps,
                                       std::string(status.message()))};
  }
  saving_ns_ += std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  ++saved_;
  const std::string note = fmt::format("checkpoints: {} of {:.1f} MiB were written, {:.1f} ms each", saved_,
                                       static_cast<double>(saved_bytes_) / 1048576,
                                       static_cast<double>(saving_ns_) / 1e6 / saved_);
  if (saved_ > 1) notes_.pop_back();
  notes_.push_back(note);
  return absl::OkStatus();
}

absl::Status Checkpointer::TrySave(int32_t steps, const MemoryOf& memory) {
  if (plan_ == nullptr) RINGSIDE_RETURN_IF_ERROR(MakePlan());
  const std::string partial = options_.dir + "/" + StepDirectory(steps) + kPartial;
  const bool first = transport_->rank() == 0;
  RINGSIDE_RETURN_IF_ERROR(
      AllAgree(*transport_, first ? MakeEmpty(partial) : absl::OkStatus(), control_->stop));
  const absl::StatusOr<std::string> report = WriteFile(partial, memory);
  absl::Status status = AllAgree(*transport_, report.status(), control_->stop);
  if (status.ok()) {
    RINGSIDE_ASSIGN_OR_RETURN(const auto reports, AllGather(*transport_, *report, control_->stop));
    const absl::Status committed = first ? Commit(steps, partial, reports) : absl::OkStatus();
    status = AllAgree(*transport_, committed, control_->stop);
  }
  std::error_code ignored;
  if (!status.ok() && first) fs::remove_all(partial, ignored);
  return status;
}

absl::StatusOr<std::string> Checkpointer::WriteFile(const std::string& partial, const MemoryOf& memory) {
  Json report = Report(program_, state_, plan_->slices);
  if (plan_->slices.empty()) return report.dump();
  const std::string name = fmt::format("rank-{:05}.safetensors", transport_->rank());
  RINGSIDE_ASSIGN_OR_RETURN(auto writer,
                            SafetensorsWriter::Create(partial + "/" + name, plan_->headers, plan_->metadata));
  for (const Slice& slice : plan_->slices) {
    const plan::Piece piece = PieceOf(state_[slice.param], slice.kind);
    const int64_t size = plan::SizeOf(program_.buffers[piece.view.buffer].dtype);
    const std::byte* data = memory(piece.view) + (slice.elements.begin - piece.begin) * size;
    int64_t left = (slice.elements.end - slice.elements.begin) * size;
    while (left > 0) {
      const int64_t part = std::min(left, kPartBytes);
      RINGSIDE_RETURN_IF_ERROR(writer->Append(absl::MakeSpan(data, static_cast<size_t>(part))));
      control_->ops_done.fetch_add(1, std::memory_order_relaxed);
      data += part, left -= part;
    }
  }
  RINGSIDE_ASSIGN_OR_RETURN(const WrittenFile written, writer->Finish());
  report["file"] = {{"name", name}, {"bytes", written.bytes}, {"crc32", written.crc32}};
  return report.dump();
}

absl::Status Checkpointer::Commit(int32_t steps, const std::string& partial,
                                  const std::vector<std::string>& reports) {
  Json merged = {{"tensors", Json::object()}};
  Index index;
  saved_bytes_ = 0;
  for (const std::string& text : reports) {
    const Json report = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!report.is_object()) return absl::InternalError("a rank's report cannot be read");
    for (const auto& [name, tensor] : report["tensors"].items()) {
      merged["tensors"][name].merge_patch(tensor);
    }
    if (!report.contains("file")) continue;
    const Json& file = report["file"];
    index.files.push_back({file["name"], file["bytes"], file["crc32"]});
    saved_bytes_ += index.files.back().bytes;
  }
  for (const auto& [name, value] : merged["tensors"].items()) {
    IndexedTensor& tensor = index.tensors[name];
    tensor.shape = value["shape"];
    for (int kind = 0; kind < kNumKinds; ++kind) {
      tensor.dtype_of[kind] = value["dtype"].value(std::string(Name(static_cast<Kind>(kind))), "");
    }
  }
  index.step = steps;
  index.world_size = transport_->size();
  index.tokens_per_step = program_.tokens_per_step;
  index.seed = program_.run.seed();
  index.scenario_json = options_.scenario_json;
  RINGSIDE_RETURN_IF_ERROR(CommitCheckpoint(partial, options_.dir + "/" + StepDirectory(steps), index));
  SweepCheckpoints(options_.dir, options_.keep);
  return absl::OkStatus();
}

}  // namespace ringside::checkpoint
