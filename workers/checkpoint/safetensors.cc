#include "workers/checkpoint/safetensors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "workers/checkpoint/convert.h"

namespace ringside::checkpoint {
namespace {

static_assert(std::endian::native == std::endian::little);  // as the format is

constexpr char kMetadata[] = "__metadata__";
constexpr int64_t kLengthBytes = 8;

// Bits of one element; 0: no type of the format.
int BitsOf(std::string_view dtype) {
  static constexpr std::pair<std::string_view, int> kBits[] = {
      {"F64", 64}, {"I64", 64},  {"U64", 64}, {"F32", 32},    {"I32", 32},
      {"U32", 32}, {"BF16", 16}, {"F16", 16}, {"I16", 16},    {"U16", 16},
      {"I8", 8},   {"U8", 8},    {"BOOL", 8}, {"F8_E4M3", 8}, {"F8_E5M2", 8}};
  for (const auto& [name, bits] : kBits) {
    if (name == dtype) return bits;
  }
  return 0;
}

bool ReadCount(const nlohmann::json& value, int64_t* out) {
  if (!value.is_number_unsigned()) return false;
  const auto count = value.get<uint64_t>();
  if (count > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return false;
  *out = static_cast<int64_t>(count);
  return true;
}

// What is wrong with the description of one tensor; empty: nothing.
std::string ParseTensor(const nlohmann::json& value, int64_t data_bytes, TensorInfo* out) {
  if (!value.is_object()) return "its description is no object";
  const auto dtype = value.find("dtype"), shape = value.find("shape"), offsets = value.find("data_offsets");
  if (dtype == value.end() || shape == value.end() || offsets == value.end() || value.size() != 3) {
    return "its description must have dtype, shape and data_offsets, and nothing else";
  }
  if (!dtype->is_string() || BitsOf(dtype->get_ref<const std::string&>()) == 0) {
    return "its dtype is unknown";
  }
  out->dtype = dtype->get<std::string>();
  if (!shape->is_array()) return "its shape is no list";
  int64_t bytes = BitsOf(out->dtype) / 8;
  for (const nlohmann::json& extent : *shape) {
    int64_t count = 0;
    if (!ReadCount(extent, &count)) return "its shape holds something that is no count";
    out->shape.push_back(count);
    if (__builtin_mul_overflow(bytes, count, &bytes)) return "its shape is too large";
  }
  if (!offsets->is_array() || offsets->size() != 2 || !ReadCount((*offsets)[0], &out->begin) ||
      !ReadCount((*offsets)[1], &out->end) || out->begin > out->end) {
    return "its data_offsets are no range";
  }
  if (out->end > data_bytes) {
    return fmt::format("its data end at byte {}, but the file has {} bytes of data", out->end, data_bytes);
  }
  if (out->end - out->begin != bytes) {
    return fmt::format("its shape takes {} bytes, but its data_offsets hold {}", bytes,
                       out->end - out->begin);
  }
  return "";
}

absl::Status FromErrno(const std::string& what, int error) {
  const std::string message = fmt::format("{}: {}", what, std::strerror(error));
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError(message);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(message);
  return absl::UnavailableError(message);
}

}  // namespace

int64_t TensorInfo::elems() const {
  int64_t elems = 1;
  for (const int64_t extent : shape) elems *= extent;
  return elems;
}

absl::Status SafetensorsFile::Wrong(const std::string& what) const {
  return absl::DataLossError(fmt::format("{} is no safetensors file that can be read: {}", path_, what));
}

absl::StatusOr<std::unique_ptr<SafetensorsFile>> SafetensorsFile::Open(const std::string& path) {
  std::unique_ptr<SafetensorsFile> file(new SafetensorsFile);
  file->path_ = path;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FromErrno("cannot open " + path, errno);
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return file->Wrong("it is no regular file");
  }
  file->file_bytes_ = status.st_size;
  if (file->file_bytes_ >= kLengthBytes) {
    void* base = ::mmap(nullptr, static_cast<size_t>(file->file_bytes_), PROT_READ, MAP_PRIVATE, fd, 0);
    const int error = errno;
    if (base == MAP_FAILED) {
      ::close(fd);
      return FromErrno("cannot map " + path, error);
    }
    file->base_ = static_cast<const std::byte*>(base);
  }
  ::close(fd);
  if (file->base_ == nullptr) return file->Wrong(fmt::format("it has {} bytes", file->file_bytes_));
  uint64_t length = 0;
  std::memcpy(&length, file->base_, sizeof length);
  if (length > static_cast<uint64_t>(kMaxHeaderBytes) ||
      static_cast<int64_t>(length) > file->file_bytes_ - kLengthBytes) {
    return file->Wrong(fmt::format("a header of {} bytes in a file of {}", length, file->file_bytes_));
  }
  file->data_begin_ = kLengthBytes + static_cast<int64_t>(length);
  RINGSIDE_RETURN_IF_ERROR(file->ParseHeader(
      {reinterpret_cast<const char*>(file->base_) + kLengthBytes, static_cast<size_t>(length)}));
  return file;
}

SafetensorsFile::~SafetensorsFile() {
  if (base_ != nullptr) ::munmap(const_cast<std::byte*>(base_), static_cast<size_t>(file_bytes_));
}

absl::Status SafetensorsFile::ParseHeader(std::string_view text) {
  using Json = nlohmann::json;
  if (text.empty() || text.front() != '{') return Wrong("its header is no JSON object");
  std::set<std::string> names;
  std::string twice;
  constexpr int kMaxDepth = 4;
  bool deep = false;
  const Json::parser_callback_t watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    deep = deep || depth > kMaxDepth;
    if (event == Json::parse_event_t::key && depth == 1 &&
        !names.insert(parsed.get_ref<const std::string&>()).second) {
      twice = parsed.get<std::string>();
    }
    return !deep;
  };
  const Json header = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (deep) return Wrong("its header is nested too deeply");
  if (header.is_discarded() || !header.is_object()) return Wrong("its header is no JSON object");
  if (!twice.empty()) return Wrong(fmt::format("tensor {}: it is there twice", twice));
  const int64_t data_bytes = file_bytes_ - data_begin_;
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadata) {
      if (!value.is_object()) return Wrong("its metadata are no object");
      for (const auto& [key, text_value] : value.items()) {
        if (!text_value.is_string()) return Wrong(fmt::format("metadata {}: it is no text", key));
        metadata_[key] = text_value.get<std::string>();
      }
      continue;
    }
    TensorInfo& tensor = tensors_[name];
    const std::string wrong = ParseTensor(value, data_bytes, &tensor);
    if (!wrong.empty()) return Wrong(fmt::format("tensor {}: {}", name, wrong));
    ranges.emplace_back(tensor.begin, tensor.end);
  }
  std::sort(ranges.begin(), ranges.end());
  int64_t end = 0;
  for (const auto& range : ranges) {
    if (range.first < end) return Wrong(fmt::format("two tensors share byte {} of the data", range.first));
    if (range.first > end) return Wrong(fmt::format("byte {} of the data belongs to no tensor", end));
    end = range.second;
  }
  if (end != data_bytes) {
    return Wrong(fmt::format("its tensors end at byte {} of {} bytes of data", end, data_bytes));
  }
  return absl::OkStatus();
}

const TensorInfo* SafetensorsFile::Find(const std::string& name) const {
  const auto it = tensors_.find(name);
  return it == tensors_.end() ? nullptr : &it->second;
}

}  // namespace ringside::checkpoint
