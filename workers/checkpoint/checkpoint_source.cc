#include "workers/checkpoint/checkpoint_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "workers/checkpoint/convert.h"

namespace ringside::checkpoint {
namespace {

using Json = nlohmann::json;

std::string ShapeText(int64_t outer, int64_t mid, int64_t inner) {
  return fmt::format("[{}, {}, {}]", outer, mid, inner);
}

// Two counts, [first, second].
bool ReadPair(const Json& object, const char* key, int64_t* first, int64_t* second) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array() || it->size() != 2) return false;
  for (const Json& value : *it) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > uint64_t{1} << 60) return false;
  }
  *first = (*it)[0].get<int64_t>(), *second = (*it)[1].get<int64_t>();
  return true;
}

}  // namespace

std::string DescribeSlice(const plan::Param& param, const Slice& slice) {
  return Json({{"tensor", param.name},
               {"kind", Name(slice.kind)},
               {"shape", {param.outer, param.mid_total, param.inner}},
               {"mid", {param.mid_begin, param.mid_count}},
               {"elements", {slice.elements.begin, slice.elements.end}}})
      .dump();
}

absl::StatusOr<std::unique_ptr<CheckpointSource>> CheckpointSource::Open(const std::string& path) {
  std::unique_ptr<CheckpointSource> source(new CheckpointSource);
  source->name_ = "the checkpoint " + path;
  RINGSIDE_ASSIGN_OR_RETURN(source->index_, ReadIndex(path));
  for (const IndexedFile& file : source->index_.files) {
    RINGSIDE_RETURN_IF_ERROR(source->AddFile(path, file));
  }
  RINGSIDE_RETURN_IF_ERROR(source->CheckComplete());
  return source;
}

// Nobody is to make room for what an index says if it is not there.
absl::Status CheckpointSource::CheckComplete() const {
  for (const auto& [name, tensor] : index_.tensors) {
    const int64_t elems = tensor.shape[0] * tensor.shape[1] * tensor.shape[2];
    for (int kind = 0; kind < kNumKinds; ++kind) {
      if (tensor.dtype_of[kind].empty()) continue;
      int64_t stored = 0;
      const auto found = slices_.find({name, static_cast<Kind>(kind)});
      if (found != slices_.end()) {
        for (const StoredSlice& slice : found->second) stored += slice.elements.end - slice.elements.begin;
      }
      if (stored == elems) continue;
      return absl::DataLossError(fmt::format("{}: {} ({}) has {} elements, its files hold {}", name_, name,
                                             Name(static_cast<Kind>(kind)), elems, stored));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckpointSource::AddFile(const std::string& path, const IndexedFile& indexed) {
  auto opened = SafetensorsFile::Open(path + "/" + indexed.name);
  if (!opened.ok()) return absl::DataLossError(opened.status().message());
  const SafetensorsFile& file = *files_.emplace_back(*std::move(opened));
  if (file.file_bytes() != indexed.bytes) {
    return absl::DataLossError(
        fmt::format("{} has {} bytes, {} were written", file.path(), file.file_bytes(), indexed.bytes));
  }
  for (const auto& [key, text] : file.metadata()) {
    const auto bad = [&](const char* what) {
      return absl::DataLossError(fmt::format("{}: slice {}: {}", file.path(), key, what));
    };
    const Json slice = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const TensorInfo* tensor = file.Find(key);
    if (!slice.is_object() || tensor == nullptr) return bad("it has no data or no description");
    const auto name = slice.find("tensor"), kind_name = slice.find("kind");
    if (name == slice.end() || !name->is_string() || kind_name == slice.end() || !kind_name->is_string()) {
      return bad("it does not name its tensor");
    }
    const auto known = index_.tensors.find(name->get<std::string>());
    if (known == index_.tensors.end()) return bad("index.json does not know its tensor");
    int kind = 0;
    while (kind < kNumKinds && Name(static_cast<Kind>(kind)) != kind_name->get_ref<const std::string&>())
      ++kind;
    if (kind == kNumKinds) return bad("its kind is unknown");
    if (known->second.dtype_of[kind] != tensor->dtype) return bad("its dtype is not that of index.json");
    StoredSlice stored{.dtype = *DTypeOfName(tensor->dtype), .data = file.Data(*tensor)};
    const auto& shape = known->second.shape;
    if (!ReadPair(slice, "mid", &stored.mid_begin, &stored.mid_count) ||
        !ReadPair(slice, "elements", &stored.elements.begin, &stored.elements.end) || stored.mid_count < 1 ||
        stored.mid_begin + stored.mid_count > shape[1] || stored.elements.begin > stored.elements.end ||
        stored.elements.end > shape[0] * stored.mid_count * shape[2] ||
        stored.elements.end - stored.elements.begin != tensor->elems()) {
      return bad("its place in the tensor does not fit its data");
    }
    slices_[{known->first, static_cast<Kind>(kind)}].push_back(stored);
  }
  return absl::OkStatus();
}

std::optional<plan::DType> CheckpointSource::TypeOf(const plan::Param& param, Kind kind) const {
  const auto it = index_.tensors.find(param.name);
  if (it == index_.tensors.end()) return std::nullopt;
  return DTypeOfName(it->second.dtype_of[static_cast<int>(kind)]);
}

absl::Status CheckpointSource::CheckShape(const plan::Param& param) const {
  const auto& shape = index_.tensors.at(param.name).shape;
  if (shape == std::array{param.outer, param.mid_total, param.inner}) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("{} is of another model: {} is {} there and {} here", name_,
                                                param.name, ShapeText(shape[0], shape[1], shape[2]),
                                                ShapeText(param.outer, param.mid_total, param.inner)));
}

absl::Status CheckpointSource::Read(const plan::Param& param, Kind kind, int64_t begin, int64_t n,
                                    plan::DType dtype, std::byte* to) const {
  const auto found = slices_.find({param.name, kind});
  const int64_t row = param.mid_total * param.inner;
  for (int64_t at = begin; at < begin + n;) {
    const int64_t outer = at / row, in_row = at % row;
    int64_t taken = 0;
    if (found != slices_.end()) {
      for (const StoredSlice& slice : found->second) {
        const int64_t first = slice.mid_begin * param.inner, width = slice.mid_count * param.inner;
        if (in_row < first || in_row >= first + width) continue;
        const int64_t local = outer * width + in_row - first;  // in the part of the one who wrote it
        if (local < slice.elements.begin || local >= slice.elements.end) continue;
        // To the end of its part's row; of a part that is the whole tensor, to its own end.
        const int64_t left = slice.mid_count == param.mid_total ? begin + n - at : first + width - in_row;
        taken = std::min({begin + n - at, left, slice.elements.end - local});
        ConvertElements(slice.dtype, slice.data + (local - slice.elements.begin) * plan::SizeOf(slice.dtype),
                        1, dtype, to, taken);
        break;
      }
    }
    if (taken == 0) {
      return absl::DataLossError(fmt::format("{}: element {} of {} ({}) is in none of its files", name_, at,
                                             param.name, Name(kind)));
    }
    at += taken;
    to += taken * plan::SizeOf(dtype);
  }
  return absl::OkStatus();
}

}  // namespace ringside::checkpoint
