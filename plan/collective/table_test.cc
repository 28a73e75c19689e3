// docs/collectives.md says what the rounds do: its formulas are counted, its tables are written again and
// compared.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "plan/collective/testing/formulas.h"
#include "plan/collective/testing/members.h"

namespace ringside::plan {
namespace {

using ::testing::HasSubstr;

struct Counted {
  int steps = 0;
  int64_t most_sent = 0;
};

// One element each stands for the data: only its way is counted.
Counted Count(const Formula& of, int p, int64_t n) {
  Members<float> members(Collective(of.kind, n, of.algorithm), p, /*overlap=*/false);
  std::vector<Buffers<float>> data(p);
  for (auto& buffers : data) buffers.first.resize(n), buffers.second.resize(n);
  EXPECT_TRUE(members.Run(&data));
  Counted out{members.steps(), 0};
  for (const auto& rounds : members.rounds()) out.most_sent = std::max(out.most_sent, SentElems(rounds));
  return out;
}

TEST(CollectiveTable, FormulasAreWhatTheRoundsDo) {
  for (const Formula& formula : Formulas()) {
    for (int p = 2; p <= 17; ++p) {
      const int64_t n = 12 * p;
      Members<float> members(Collective(formula.kind, n, formula.algorithm), p, false);
      std::vector<Buffers<float>> data(p);
      for (auto& buffers : data) buffers.first.resize(n), buffers.second.resize(n);
      ASSERT_TRUE(members.Run(&data)) << Name(formula.kind) << " " << Name(formula.algorithm) << " " << p;
      if (formula.algorithm == Algorithm::kTree) {
        EXPECT_LE(members.steps(), formula.steps(p)) << p;
      } else {
        EXPECT_EQ(members.steps(), formula.steps(p)) << Name(formula.kind) << " " << p;
      }
      for (int i = 0; i < p; ++i) {
        const auto& rounds = members.rounds()[i];
        EXPECT_NEAR(static_cast<double>(SentElems(rounds)), formula.sent(p, i, static_cast<double>(n)),
                    static_cast<double>(rounds.size()))
            << Name(formula.kind) << " " << Name(formula.algorithm) << " member " << i << " of " << p;
      }
    }
  }
}

// Where p divides n and the core's size divides it too, the formulas hold to the element.
TEST(CollectiveTable, SentElementsAreExactWhereChunksAreEqual) {
  for (const Formula& formula : Formulas()) {
    for (int p = 2; p <= 17; ++p) {
      const int64_t n = int64_t{16} * p;
      for (int i = 0; i < p; ++i) {
        const auto rounds = RoundsOf(Collective(formula.kind, n, formula.algorithm), OneGroup(p), 10 + 3 * i);
        EXPECT_DOUBLE_EQ(static_cast<double>(SentElems(rounds)), formula.sent(p, i, static_cast<double>(n)))
            << Name(formula.kind) << " " << Name(formula.algorithm) << " member " << i << " of " << p;
      }
    }
  }
}

std::string Document() {
  std::ifstream in(std::string(RINGSIDE_SOURCE_DIR) + "/docs/collectives.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(CollectiveTable, TheDocumentsFormulasAreThese) {
  std::string table =
      "| collective | algorithm | steps | elements that a member sends |\n|---|---|---|---|\n";
  for (const Formula& formula : Formulas()) {
    table += fmt::format("| {} | {} | {} | {} |\n", Name(formula.kind),
                         formula.kind == OpKind::kAllReduce ? Name(formula.algorithm) : "",
                         formula.steps_text, formula.sent_text);
  }
  EXPECT_THAT(Document(), HasSubstr(table)) << "docs/collectives.md must have this table:\n" << table;
}

TEST(CollectiveTable, TheDocumentsFiguresAreCounted) {
  constexpr int64_t kElems = 1680;
  std::string table = "| collective | algorithm |";
  const std::vector<int> sizes = {2, 3, 4, 7, 8};
  for (int p : sizes) table += fmt::format(" p = {} |", p);
  table += "\n|---|---|---|---|---|---|---|\n";
  for (const Formula& formula : Formulas()) {
    table += fmt::format("| {} | {} |", Name(formula.kind),
                         formula.kind == OpKind::kAllReduce ? Name(formula.algorithm) : "");
    for (int p : sizes) {
      const Counted counted = Count(formula, p, kElems);
      table += fmt::format(" {}: {} |", counted.steps, counted.most_sent);
    }
    table += "\n";
  }
  EXPECT_THAT(Document(), HasSubstr(table)) << "docs/collectives.md must have this table:\n" << table;
}

}  // namespace
}  // namespace ringside::plan
