#include "tests/pytorch/recording.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "plan/compile.h"
#include "plan/learning_rate.h"
#include "tests/parity/gather.h"
#include "workers/checkpoint/convert.h"
#include "workers/checkpoint/safetensors.h"
#include "workers/kernels/data_source.h"
#include "workers/local_cluster.h"

namespace ringside::pytorch {
namespace {

using checkpoint::TensorHeader;

// What the ranks hold when a step begins or ends, in the form in which a trace would carry it.
class Snapshots {
 public:
  explicit Snapshots(int ranks, int steps) : traces_(steps + 1) {
    for (v1::Trace& trace : traces_) {
      for (int rank = 0; rank < ranks; ++rank) trace.add_ranks()->set_rank(rank);
    }
  }

  // `index`: steps done so far.
  void Take(const plan::Program& program, int index, const workers::MemoryOf& memory) {
    v1::RankTrace* to = traces_[index].mutable_ranks(program.rank);  // nobody else's
    for (const plan::Param& param : program.params) {
      v1::ParamValues* values = to->add_params();
      values->set_param(param.id);
      Read(program, param.weights.view, memory, values->mutable_weights());
      Read(program, param.grad.view, memory, values->mutable_grads());
    }
  }

  const v1::Trace& operator[](int index) const { return traces_[index]; }

 private:
  static void Read(const plan::Program& program, const plan::View& view, const workers::MemoryOf& memory,
                   google::protobuf::RepeatedField<double>* to) {
    if (view.elems == 0) return;
    to->Resize(static_cast<int>(view.elems), 0);
    checkpoint::ConvertElements(program.buffers[view.buffer].dtype, memory(view), 1, plan::DType::kF64,
                                reinterpret_cast<std::byte*>(to->mutable_data()), view.elems);
  }

  std::vector<v1::Trace> traces_;
};

// Tensors by name, written together in the end.
class File {
 public:
  void Add(std::string name, plan::DType dtype, std::vector<int64_t> shape, const void* data) {
    int64_t bytes = plan::SizeOf(dtype);
    for (int64_t extent : shape) bytes *= extent;
    const auto* first = static_cast<const std::byte*>(data);
    headers_.push_back({std::move(name), dtype, std::move(shape)});
    data_.emplace_back(first, first + bytes);
  }
  void Add(std::string name, double value) { Add(std::move(name), plan::DType::kF64, {1}, &value); }

  absl::Status Write(const std::string& path, const std::string& scenario) const {
    RINGSIDE_ASSIGN_OR_RETURN(
        const auto writer, checkpoint::SafetensorsWriter::Create(path, headers_, {{"scenario", scenario}}));
    for (const auto& data : data_) RINGSIDE_RETURN_IF_ERROR(writer->Append(data));
    return writer->Finish().status();
  }

 private:
  std::vector<TensorHeader> headers_;
  std::vector<std::vector<std::byte>> data_;
};

std::map<int, std::vector<int64_t>> ShapesOf(const std::vector<plan::Program>& programs) {
  std::map<int, std::vector<int64_t>> shapes;
  for (const plan::Program& program : programs) {
    for (const plan::Param& p : program.params) shapes[p.id] = {p.outer, p.mid_total, p.inner};
  }
  return shapes;
}

void AddTokens(const plan::Resolved& resolved, int step, File* file) {
  const auto data = kernels::MakeSyntheticData(resolved.scenario.run());
  const int64_t sequences = resolved.global_batch(), length = resolved.seq_len;
  std::vector<int32_t> tokens(sequences * length), targets(sequences * length);
  for (int64_t b = 0; b < sequences; ++b) {
    data->Tokens(step * sequences + b, length, resolved.vocab, &tokens[b * length], &targets[b * length]);
  }
  file->Add(fmt::format("{}/tokens", step), plan::DType::kI32, {sequences, length}, tokens.data());
  file->Add(fmt::format("{}/targets", step), plan::DType::kI32, {sequences, length}, targets.data());
}

// The figure `name` of a step: the sum over the ranks where each has a part, else any rank's; false: none.
bool MetricOf(const std::vector<plan::Program>& programs, const v1::Trace& trace, const char* name, int step,
              double* value) {
  bool found = false;
  *value = 0;
  for (const plan::Program& program : programs) {
    for (size_t i = 0; i < program.metrics.size(); ++i) {
      const plan::Metric& metric = program.metrics[i];
      if (metric.name != name) continue;
      const double mine = trace.ranks(program.rank).steps(step).metrics(static_cast<int>(i));
      *value = metric.partial ? *value + mine : mine;
      found = true;
    }
  }
  return found;
}

absl::Status AddModel(const std::vector<plan::Program>& programs, const v1::Trace& snapshot, int done,
                      File* file) {
  RINGSIDE_ASSIGN_OR_RETURN(const auto model, parity::GatherModel(programs, snapshot));
  const auto shapes = ShapesOf(programs);
  for (const auto& [id, tensor] : model) {
    const std::vector<int64_t>& shape = shapes.at(id);
    file->Add(fmt::format("{}/weights/{}", done, tensor.name), plan::DType::kF64, shape,
              tensor.weights.data());
    if (done == 0) continue;  // no gradient yet
    file->Add(fmt::format("{}/grads/{}", done - 1, tensor.name), plan::DType::kF64, shape,
              tensor.grads.data());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RecordRun(const v1::Scenario& scenario, const std::string& path) {
  RINGSIDE_ASSIGN_OR_RETURN(const plan::Resolved resolved, plan::Resolve(scenario));
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<plan::Program> programs, plan::Compile(scenario));
  const int steps = resolved.scenario.run().steps();
  Snapshots snapshots(static_cast<int>(programs.size()), steps);
  workers::LocalClusterOptions options;
  options.hooks = [&snapshots](const plan::Program& program, workers::Transport*, workers::RunControl*) {
    workers::RunHooks hooks;
    hooks.before_first_step = [&](const workers::MemoryOf& memory) -> absl::StatusOr<int32_t> {
      snapshots.Take(program, 0, memory);
      return 0;
    };
    hooks.after_step = [&](int32_t step, const workers::MemoryOf& memory) {
      snapshots.Take(program, step + 1, memory);
      return absl::OkStatus();
    };
    return hooks;
  };
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace trace, workers::RunInThreads(programs, options));

  File file;
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<double> losses, parity::LossesOf(trace));
  for (int step = 0; step < steps; ++step) {
    AddTokens(resolved, step, &file);
    file.Add(fmt::format("{}/loss", step), losses[step]);
    file.Add(fmt::format("{}/lr", step), plan::LearningRate(resolved.scenario.run().optimizer(), step));
    for (const char* name : {"aux_loss", "grad_norm"}) {
      double value = 0;
      if (MetricOf(programs, trace, name, step, &value)) file.Add(fmt::format("{}/{}", step, name), value);
    }
  }
  for (int done = 0; done <= steps; ++done) {
    RINGSIDE_RETURN_IF_ERROR(AddModel(programs, snapshots[done], done, &file));
  }
  google::protobuf::util::JsonPrintOptions print;
  print.preserve_proto_field_names = true;
  print.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(resolved.scenario, &json, print).ok()) {
    return absl::InternalError("the scenario has no JSON form");
  }
  return file.Write(path, json);
}

}  // namespace ringside::pytorch
