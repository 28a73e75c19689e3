#include "workers/checkpoint/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "workers/checkpoint/convert.h"

namespace ringside::checkpoint {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr char kFormat[] = "ringside-checkpoint";
constexpr char kStep[] = "step-";
constexpr double kMaxElems = 0x1p48;  // of a tensor

// The step that a directory's name stands for; -1: none.
int64_t StepOfName(const std::string& name) {
  if (!name.starts_with(kStep) || name.size() < sizeof kStep - 1 + 8 || name.size() > 30) return -1;
  int64_t step = 0;
  for (size_t i = sizeof kStep - 1; i < name.size(); ++i) {
    if (name[i] < '0' || name[i] > '9') return -1;
    step = step * 10 + (name[i] - '0');
    if (step > INT32_MAX) return -1;
  }
  return step;
}

template <class T>
bool Get(const Json& object, const char* key, T* out) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_integer()) return false;
  *out = it->get<T>();
  return true;
}

// What is wrong with it; empty: nothing.
std::string ParseTensors(const Json& tensors, Index* index) {
  if (!tensors.is_object()) return "tensors is no object";
  for (const auto& [name, value] : tensors.items()) {
    IndexedTensor& tensor = index->tensors[name];
    const auto wrong = [&name](const char* what) { return fmt::format("tensor {}: {}", name, what); };
    if (!value.is_object() || !value.contains("shape") || !value.contains("dtype")) {
      return wrong("it needs shape and dtype");
    }
    const Json &shape = value["shape"], &dtypes = value["dtype"];
    if (!shape.is_array() || shape.size() != 3) return wrong("its shape is not of three extents");
    double elems = 1;
    for (size_t i = 0; i < 3; ++i) {
      if (!shape[i].is_number_unsigned() || shape[i].get<uint64_t>() > uint64_t{1} << 48) {
        return wrong("an extent of its shape is no count");
      }
      tensor.shape[i] = shape[i].get<int64_t>();
      elems *= static_cast<double>(tensor.shape[i]);
    }
    if (elems > kMaxElems) return wrong("its shape is too large");
    if (!dtypes.is_object()) return wrong("its dtype is no object");
    for (int kind = 0; kind < kNumKinds; ++kind) {
      const auto dtype = dtypes.find(Name(static_cast<Kind>(kind)));
      if (dtype == dtypes.end()) continue;
      if (!dtype->is_string() || !DTypeOfName(dtype->get_ref<const std::string&>())) {
        return wrong("its dtype is unknown");
      }
      tensor.dtype_of[kind] = dtype->get<std::string>();
    }
  }
  return "";
}

std::string ParseFiles(const Json& files, Index* index) {
  if (!files.is_array()) return "files is no list";
  for (const Json& value : files) {
    IndexedFile& file = index->files.emplace_back();
    if (!value.is_object() || !Get(value, "bytes", &file.bytes) || !Get(value, "crc32", &file.crc32) ||
        !value.contains("name") || !value["name"].is_string()) {
      return "a file needs name, bytes and crc32";
    }
    file.name = value["name"].get<std::string>();
    if (file.name.empty() || file.name.front() == '.' || file.name.find('/') != std::string::npos) {
      return fmt::format("\"{}\" is no file of a checkpoint", file.name);
    }
  }
  return "";
}

}  // namespace

std::string ToJson(const Index& index) {
  Json tensors = Json::object(), files = Json::array();
  for (const auto& [name, tensor] : index.tensors) {
    Json dtypes = Json::object();
    for (int kind = 0; kind < kNumKinds; ++kind) {
      if (!tensor.dtype_of[kind].empty()) {
        dtypes[std::string(Name(static_cast<Kind>(kind)))] = tensor.dtype_of[kind];
      }
    }
    tensors[name] = {{"shape", tensor.shape}, {"dtype", dtypes}};
  }
  for (const IndexedFile& file : index.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"crc32", file.crc32}});
  }
  const Json scenario = Json::parse(index.scenario_json, nullptr, /*allow_exceptions=*/false);
  return Json({{"format", kFormat},
               {"version", kFormatVersion},
               {"step", index.step},
               {"world_size", index.world_size},
               {"tokens_per_step", index.tokens_per_step},
               {"seed", index.seed},
               {"scenario", scenario.is_object() ? scenario : Json()},
               {"tensors", tensors},
               {"files", files}})
      .dump(1);
}

absl::StatusOr<Index> ParseIndex(std::string_view json, const std::string& where) {
  const auto bad = [&where](std::string_view what) {
    return absl::DataLossError(fmt::format("{} is no index of a checkpoint: {}", where, what));
  };
  const Json document = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return bad("it is no JSON object");
  if (document.value("format", Json()) != kFormat) return bad("its format is not ringside-checkpoint");
  int64_t version = 0, step = 0;
  if (!Get(document, "version", &version)) return bad("it has no version");
  if (version > kFormatVersion) {
    return absl::FailedPreconditionError(fmt::format(
        "{} is of format version {}; this program reads up to {}", where, version, kFormatVersion));
  }
  Index index;
  if (!Get(document, "step", &step) || step < 0 || step > INT32_MAX) return bad("it has no step");
  index.step = static_cast<int32_t>(step);
  if (!Get(document, "world_size", &index.world_size) ||
      !Get(document, "tokens_per_step", &index.tokens_per_step) || !Get(document, "seed", &index.seed)) {
    return bad("world_size, tokens_per_step or seed is missing");
  }
  if (const auto scenario = document.find("scenario"); scenario != document.end() && scenario->is_object()) {
    index.scenario_json = scenario->dump();
  }
  std::string wrong = ParseTensors(document.value("tensors", Json()), &index);
  if (wrong.empty()) wrong = ParseFiles(document.value("files", Json()), &index);
  if (!wrong.empty()) return bad(wrong);
  return index;
}

absl::StatusOr<Index> ReadIndex(const std::string& path) {
  const std::string file = path + "/index.json";
  std::ifstream in(file, std::ios::binary);
  if (!in) return absl::NotFoundError(fmt::format("{} holds no checkpoint: there is no index.json", path));
  std::stringstream text;
  text << in.rdbuf();
  return ParseIndex(text.str(), file);
}

std::string StepDirectory(int32_t step) {
  return fmt::format("{}{:08}", kStep, step);
}

absl::StatusOr<std::string> LatestCheckpoint(const std::string& dir) {
  int64_t newest = -1;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    const int64_t step = StepOfName(entry.path().filename().string());
    std::error_code ignored;
    if (step > newest && fs::exists(entry.path() / "index.json", ignored)) newest = step;
  }
  if (newest < 0) return absl::NotFoundError(fmt::format("there is no complete checkpoint in {}", dir));
  return dir + "/" + StepDirectory(static_cast<int32_t>(newest));
}

void SweepCheckpoints(const std::string& dir, int keep) {
  std::vector<std::pair<int64_t, fs::path>> complete;
  std::vector<fs::path> doomed;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    const std::string name = entry.path().filename().string();
    if (const int64_t step = StepOfName(name); step >= 0) complete.emplace_back(step, entry.path());
    if (name.ends_with(kPartial) && StepOfName(name.substr(0, name.find('.'))) >= 0) {
      doomed.push_back(entry.path());
    }
  }
  std::sort(complete.rbegin(), complete.rend());
  for (size_t i = static_cast<size_t>(keep); keep > 0 && i < complete.size(); ++i) {
    // Under a name that nobody loads first: it may be half gone when the power fails.
    const fs::path partial = complete[i].second.string() + kPartial;
    fs::rename(complete[i].second, partial, error);
    if (!error) doomed.push_back(partial);
  }
  for (const fs::path& path : doomed) fs::remove_all(path, error);
}

}  // namespace ringside::checkpoint
