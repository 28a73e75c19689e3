#include "workers/checkpoint/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "workers/checkpoint/convert.h"

namespace ringside::checkpoint {
namespace {

constexpr std::string_view kPrefix = "transformer.";
constexpr std::string_view kTransposed[] = {".attn.c_attn.weight", ".attn.c_proj.weight", ".mlp.c_fc.weight",
                                            ".mlp.c_proj.weight"};
constexpr std::string_view kPassedOver[] = {".attn.bias", ".attn.masked_bias"};

// A matrix of ours, [rows, columns]: in what is split by columns the inner extent is 1.
struct Matrix {
  int64_t rows, columns;
};
Matrix MatrixOf(const plan::Param& param) {
  if (param.inner > 1) return {param.outer * param.mid_total, param.inner};
  return {param.outer, param.mid_total};
}

std::vector<int64_t> ShapeThere(const plan::Param& param) {
  if (IsTransposed(param.name)) return {MatrixOf(param).columns, MatrixOf(param).rows};
  if (param.inner > 1) return {param.outer * param.mid_total, param.inner};
  return {param.outer * param.mid_total};
}

std::string Text(const std::vector<int64_t>& shape) {
  return "[" + absl::StrJoin(shape, ", ") + "]";
}

// The whole of a tensor, as a checkpoint's index has it.
plan::Param WholeTensor(const std::string& name, const IndexedTensor& tensor) {
  plan::Param param;
  param.name = name;
  param.outer = tensor.shape[0], param.inner = tensor.shape[2];
  param.mid_total = param.mid_count = tensor.shape[1];
  return param;
}

}  // namespace

std::string ModelFileName(const std::string& name) {
  return name == "wte" || name == "wpe" ? name + ".weight" : name;
}

bool IsTransposed(std::string_view name) {
  return name.starts_with("h.") && std::any_of(std::begin(kTransposed), std::end(kTransposed),
                                               [name](std::string_view end) { return name.ends_with(end); });
}

absl::StatusOr<std::unique_ptr<ModelFile>> ModelFile::Open(const std::string& path) {
  std::unique_ptr<ModelFile> model(new ModelFile);
  RINGSIDE_ASSIGN_OR_RETURN(model->file_, SafetensorsFile::Open(path));
  model->name_ = path;
  for (const std::string_view prefix : {std::string_view(), kPrefix}) {
    if (model->file_->Find(std::string(prefix) + "wte.weight") == nullptr) continue;
    model->prefix_ = prefix;
    return model;
  }
  return absl::InvalidArgumentError(
      fmt::format("{} is no GPT-2: it has no tensor wte.weight or transformer.wte.weight", path));
}

std::vector<std::string> ModelFile::TensorNames() const {
  std::vector<std::string> names;
  for (const auto& [full, tensor] : file_->tensors()) {
    if (full == "lm_head.weight") continue;
    std::string name = full.starts_with(prefix_) ? full.substr(prefix_.size()) : full;
    if (std::any_of(std::begin(kPassedOver), std::end(kPassedOver),
                    [&name](std::string_view end) { return name.ends_with(end); })) {
      continue;
    }
    if (name == "wte.weight" || name == "wpe.weight") name.resize(3);
    names.push_back(std::move(name));
  }
  return names;
}

const TensorInfo* ModelFile::FindTensor(const plan::Param& param) const {
  const TensorInfo* found = file_->Find(prefix_ + ModelFileName(param.name));
  return found != nullptr ? found : file_->Find(param.name);  // lm_head.weight has no prefix
}

std::optional<plan::DType> ModelFile::TypeOf(const plan::Param& param, Kind kind) const {
  const TensorInfo* tensor = kind == Kind::kWeights ? FindTensor(param) : nullptr;
  if (tensor == nullptr) return std::nullopt;
  const auto dtype = DTypeOfName(tensor->dtype);
  return dtype && IsFloating(*dtype) ? dtype : std::nullopt;
}

absl::Status ModelFile::CheckShape(const plan::Param& param) const {
  const TensorInfo& tensor = *FindTensor(param);
  const std::vector<int64_t> wanted = ShapeThere(param);
  const bool longer = param.name == "wpe" && tensor.shape.size() == 2 && tensor.shape[0] >= wanted[0] &&
                      tensor.shape[1] == wanted[1];
  if (tensor.shape == wanted || longer) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("{} is of another model: {} is {} there, this model takes {}",
                                                name_, param.name, Text(tensor.shape), Text(wanted)));
}

absl::Status ModelFile::Read(const plan::Param& param, Kind kind, int64_t begin, int64_t n, plan::DType dtype,
                             std::byte* to) const {
  const TensorInfo& tensor = *FindTensor(param);
  const plan::DType from = *DTypeOfName(tensor.dtype);
  const std::byte* data = file_->Data(tensor);
  if (!IsTransposed(param.name)) {
    ConvertElements(from, data + begin * plan::SizeOf(from), 1, dtype, to, n);
    return absl::OkStatus();
  }
  const Matrix matrix = MatrixOf(param);
  for (int64_t at = begin; at < begin + n;) {
    const int64_t row = at / matrix.columns, column = at % matrix.columns;
    const int64_t taken = std::min(begin + n - at, matrix.columns - column);
    ConvertElements(from, data + (column * matrix.rows + row) * plan::SizeOf(from), matrix.rows, dtype, to,
                    taken);
    at += taken;
    to += taken * plan::SizeOf(dtype);
  }
  return absl::OkStatus();
}

absl::Status ExportModel(const std::string& path, const std::string& out) {
  RINGSIDE_ASSIGN_OR_RETURN(const auto source, CheckpointSource::Open(path));
  std::vector<plan::Param> params;
  std::vector<TensorHeader> headers;
  bool embeds = false;
  for (const auto& [name, tensor] : source->index().tensors) {
    if (IsOfControl(name)) continue;
    params.push_back(WholeTensor(name, tensor));
    const auto dtype = source->TypeOf(params.back(), Kind::kWeights);
    const bool known = name == "wte" || name == "wpe" || name.starts_with("ln_f.") ||
                       (name.starts_with("h.") && name.find(".experts.") == name.npos &&
                        name.find(".router.") == name.npos) ||
                       name == "lm_head.weight";
    if (!known || !dtype) {
      return absl::InvalidArgumentError(
          fmt::format("{} is no GPT-2: it has a tensor {}; only GPT-2 is exported", path, name));
    }
    embeds = embeds || name == "wte";
    headers.push_back({ModelFileName(name), *dtype, ShapeThere(params.back())});
  }
  if (!embeds) return absl::InvalidArgumentError(fmt::format("{} is no GPT-2: it has no wte", path));
  for (const IndexedFile& file : source->index().files) RINGSIDE_RETURN_IF_ERROR(VerifyFile(path, file));
  RINGSIDE_ASSIGN_OR_RETURN(auto writer, SafetensorsWriter::Create(out, headers, {{"format", "pt"}}));
  for (size_t i = 0; i < params.size(); ++i) {
    const plan::Param& param = params[i];
    const plan::DType dtype = headers[i].dtype;
    const int64_t size = plan::SizeOf(dtype);
    std::vector<std::byte> values(static_cast<size_t>(param.elems() * size));
    RINGSIDE_RETURN_IF_ERROR(source->Read(param, Kind::kWeights, 0, param.elems(), dtype, values.data()));
    if (IsTransposed(param.name)) {
      const Matrix matrix = MatrixOf(param);
      std::vector<std::byte> turned(values.size());
      for (int64_t column = 0; column < matrix.columns; ++column) {
        ConvertElements(dtype, values.data() + column * size, matrix.columns, dtype,
                        turned.data() + column * matrix.rows * size, matrix.rows);
      }
      values = std::move(turned);
    }
    RINGSIDE_RETURN_IF_ERROR(writer->Append(values));
  }
  return writer->Finish().status();
}

}  // namespace ringside::checkpoint
