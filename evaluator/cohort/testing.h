// A folder for a test, and answers to put into it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "evaluator/cohort/store.h"

namespace ringside::cohort {

class InFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/cohort-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

  std::string folder_;
};

inline StoredAnswer Stored(int64_t number, const std::string& text = "words") {
  StoredAnswer stored;
  stored.number = number;
  stored.answer.set_id(absl::StrCat("a", number));
  stored.answer.set_candidate(absl::StrCat("p", number % 7));
  stored.answer.set_question("q");
  stored.answer.set_text(text);
  stored.answer.set_line(static_cast<int32_t>(number) + 2);
  return stored;
}

}  // namespace ringside::cohort
