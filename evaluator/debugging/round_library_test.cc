#include "evaluator/debugging/round_library.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "evaluator/debugging/catalogue.h"
#include "evaluator/debugging/evidence_text.h"
#include "evaluator/debugging/recorded.h"
#include "evaluator/debugging/round.h"
#include "evaluator/debugging/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trace/symptoms.h"

namespace ringside::evaluator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const RoundLibrary& Library() {
  static const auto* const kLibrary = new absl::StatusOr<RoundLibrary>(RoundLibrary::Embedded());
  EXPECT_TRUE(kLibrary->ok()) << kLibrary->status();
  return **kLibrary;
}

TEST(RoundLibrary, HasEveryEntryOfTheCatalogue) {
  const auto catalogue = DebuggingCatalogue::Load(RINGSIDE_SOURCE_DIR "/scenarios/debug");
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  ASSERT_EQ(Library().rounds().size(), static_cast<size_t>(catalogue->entries().entries_size()));
  for (const v1::DebuggingEntry& entry : catalogue->entries().entries()) {
    ASSERT_NE(Library().Find(entry.name()), nullptr) << entry.name();
  }
  EXPECT_EQ(Library().Find("no-such-round"), nullptr);
}

// The record still proves the mistake by the catalogue's limits.
TEST(RoundLibrary, EveryRecordProvesItsMistake) {
  for (const RoundData& round : Library().rounds()) {
    ASSERT_EQ(round.recorded.planted_proofs_size(), round.entry.proofs_size()) << round.entry.name();
    for (int i = 0; i < round.entry.proofs_size(); ++i) {
      const v1::Proof& proof = round.entry.proofs(i);
      EXPECT_EQ(round.recorded.planted_proofs(i).name(), proof.figure());
      EXPECT_GE(std::stod(round.recorded.planted_proofs(i).value()), proof.at_least()) << round.entry.name();
      EXPECT_LE(std::stod(round.recorded.fixed_proofs(i).value()), proof.at_most_if_fixed())
          << round.entry.name();
    }
    EXPECT_FALSE(round.recorded.measured_on().empty());
    EXPECT_THAT(round.recorded.command(), HasSubstr(round.entry.name()));
  }
}

TEST(RoundLibrary, EveryEvidenceCanBeShown) {
  for (const RoundData& round : Library().rounds()) {
    for (const EvidenceKind& kind : EvidenceKinds()) {
      EXPECT_FALSE(EvidenceText(round, kind).empty()) << round.entry.name() << " " << kind.id;
    }
    for (const std::string& id : round.spec.path()) {
      EXPECT_THAT(EvidenceText(round, *FindEvidence(id)), Not(HasSubstr("not recorded")))
          << round.entry.name() << " " << id;
      EXPECT_THAT(EvidenceText(round, *FindEvidence(id)), Not(HasSubstr("not made")))
          << round.entry.name() << " " << id;
    }
    EXPECT_FALSE(MendedText(round).empty());
  }
}

// Nothing that a candidate may see before the verdict says what was planted.
TEST(RoundLibrary, EvidenceDoesNotNameTheDefect) {
  for (const RoundData& round : Library().rounds()) {
    std::string shown = Briefing(round);
    for (const EvidenceKind& kind : EvidenceKinds()) shown += EvidenceText(round, kind);
    EXPECT_FALSE(absl::StrContains(absl::AsciiStrToLower(shown), "defect")) << round.entry.name();
    EXPECT_THAT(shown, Not(HasSubstr(round.entry.name()))) << round.entry.name();
    EXPECT_THAT(shown, Not(HasSubstr(round.entry.fix()))) << round.entry.name();
  }
}

TEST(RoundLibrary, TheCatalogueEarnsItsOwnPoints) {
  for (const RoundData& round : Library().rounds()) {
    std::string all;
    for (const v1::ReferencePoint& point : round.question.points()) all += point.text() + " ";
    EXPECT_DOUBLE_EQ(testing::GradeByWords(round.question, all).score(), 1) << round.entry.name();
  }
}

}  // namespace
}  // namespace ringside::evaluator
