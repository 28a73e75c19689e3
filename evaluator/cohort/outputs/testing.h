// A cohort for a test, without a grader: answers and grades as they are put in.
#pragma once

#include <csv.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "evaluator/cohort/outputs/outputs.h"
#include "evaluator/cohort/store.h"
#include "evaluator/cohort/testing.h"

namespace ringside::cohort {

using Rows = std::vector<std::vector<std::string>>;

// By libcsv, strictly.
inline Rows ParseCsv(const std::string& text) {
  struct State {
    Rows rows;
    std::vector<std::string> row;
  } state;
  csv_parser parser;
  csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
  const auto field = [](void* bytes, size_t size, void* state) {
    static_cast<State*>(state)->row.emplace_back(static_cast<char*>(bytes), size);
  };
  const auto end_row = [](int, void* state) {
    static_cast<State*>(state)->rows.push_back(std::move(static_cast<State*>(state)->row));
    static_cast<State*>(state)->row.clear();
  };
  EXPECT_EQ(csv_parse(&parser, text.data(), text.size(), field, end_row, &state), text.size());
  EXPECT_EQ(csv_fini(&parser, field, end_row, &state), 0);
  csv_free(&parser);
  return state.rows;
}

class InCohort : public InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    auto store = CohortStore::Open(Path("cohort.db"));
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = std::make_unique<CohortStore>(*std::move(store));
    options_.folder = Path("out");
  }

  // An answer with its grade; `candidate` is the cohort's name, the anonymous one is "c-" and its length.
  void Put(const std::string& id, const std::string& candidate, const std::string& question,
           const std::string& text, double score, std::optional<double> mark = std::nullopt,
           const std::string& error = "") {
    v1::CohortGrade grade;
    grade.set_score(score);
    grade.set_error(error);
    if (error.empty()) {
      v1::PointGrade* point = grade.mutable_theory()->add_points();
      point->set_point("p1");
      point->set_earned(score);
      point->set_weight(1);
      point->set_reason("because");
      grade.mutable_theory()->set_confidence(0.8);
      grade.mutable_theory()->set_score(score);
    }
    PutGrade(id, candidate, question, text, mark, std::move(grade));
  }

  void PutGrade(const std::string& id, const std::string& candidate, const std::string& question,
                const std::string& text, std::optional<double> mark, v1::CohortGrade grade) {
    StoredAnswer stored;
    stored.number = next_++;
    stored.answer.set_id(id);
    stored.answer.set_candidate(candidate);
    stored.answer.set_question(question);
    stored.answer.set_text(text);
    if (mark) stored.answer.set_mark(*mark);
    if (mark) grade.set_mark(*mark);
    grade.set_id(id);
    grade.set_candidate("c-" + std::to_string(candidate.size()));
    grade.set_question(question);
    grade.set_words(static_cast<int32_t>(std::count(text.begin(), text.end(), ' ') + 1));
    ASSERT_TRUE(store_->Add({stored}).ok());
    ASSERT_TRUE(store_->Put({{stored.number, grade}}).ok());
  }

  // All the figures and all the files; returns what was written.
  std::vector<std::string> Write() {
    auto figures = ComputeFigures(*store_, options_.bank);
    EXPECT_TRUE(figures.ok()) << figures.status();
    auto files = WriteOutputs(*store_, *figures, options_);
    EXPECT_TRUE(files.ok()) << files.status();
    return files.value_or(std::vector<std::string>());
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(options_.folder + "/" + name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::unique_ptr<CohortStore> store_;
  OutputOptions options_;
  int64_t next_ = 0;
};

}  // namespace ringside::cohort
