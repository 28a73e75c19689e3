// Strings kept once each, known by number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace ringside::trace {

class Names {
 public:
  // -1: there are `max_names` others already.
  int32_t Add(std::string_view name, size_t max_names = 1 << 20) {
    key_.assign(name);
    const auto found = numbers_.find(key_);
    if (found != numbers_.end()) return found->second;
    if (texts_.size() >= max_names) return -1;
    const auto number = static_cast<int32_t>(texts_.size());
    texts_.push_back(key_);
    numbers_.emplace(key_, number);
    return number;
  }
  const std::string& text(int32_t number) const { return texts_[number]; }
  int32_t size() const { return static_cast<int32_t>(texts_.size()); }

 private:
  absl::flat_hash_map<std::string, int32_t> numbers_;
  std::vector<std::string> texts_;
  std::string key_;
};

}  // namespace ringside::trace
