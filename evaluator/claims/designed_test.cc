// Sentences that are so and sentences that are not, over six scenarios: how many are told apart.
#include <iostream>

#include "evaluator/claims/testing.h"

namespace ringside::claims {
namespace {

enum class Told { kTrue, kFalse, kNothing };

// A sentence is false if one of its claims is, true if one is and none is false.
Told TellApart(const v1::ClaimReport& report) {
  bool supported = false;
  for (const v1::Claim& claim : report.claims()) {
    if (claim.verdict() == v1::CLAIM_VERDICT_CONTRADICTED) return Told::kFalse;
    supported |= claim.verdict() == v1::CLAIM_VERDICT_SUPPORTED;
  }
  return supported ? Told::kTrue : Told::kNothing;
}

std::string Explain(const v1::ClaimReport& report) {
  std::string text;
  for (const v1::Claim& claim : report.claims()) {
    text += "    [" + claim.text() + "] " + claim.reason() + "\n";
  }
  return text;
}

struct Confusion {
  int told[2][3] = {};  // [is true][told]
  double accuracy() const {
    int all = 0;
    for (const auto& row : told) all += row[0] + row[1] + row[2];
    return all == 0 ? 0 : double(told[1][0] + told[0][1]) / all;
  }
};

Confusion Classify(std::string_view file) {
  std::map<std::string, Facts> facts;
  Confusion confusion;
  for (const std::vector<std::string>& row : ReadTsv(file)) {
    if (!facts.contains(row[0])) facts.emplace(row[0], FactsOfTest(row[0]));
    const v1::ClaimReport report = CheckClaims(row[2], facts.at(row[0]));
    const bool is_true = row[1] == "true";
    const Told told = TellApart(report);
    ++confusion.told[is_true][static_cast<int>(told)];
    if (told != (is_true ? Told::kTrue : Told::kFalse)) {
      std::cout << (is_true ? "true" : "false") << " told "
                << (told == Told::kTrue    ? "true"
                    : told == Told::kFalse ? "false"
                                           : "nothing")
                << ": " << row[0] << ": " << row[2] << "\n"
                << Explain(report);
    }
  }
  std::cout << file << "\n            told true  told false  nothing\n";
  for (const int is : {1, 0}) {
    std::cout << (is ? "is true     " : "is false    ") << confusion.told[is][0] << "  "
              << confusion.told[is][1] << "  " << confusion.told[is][2] << "\n";
  }
  std::cout << "accuracy " << confusion.accuracy() << "\n";
  return confusion;
}

TEST(Designed, NineteenOfTwentyAreToldApart) {
  EXPECT_GE(Classify("designed.tsv").accuracy(), 0.95);
}

TEST(HeldOut, IsReported) {
  EXPECT_GE(Classify("held_out.tsv").accuracy(), 0.70);
}

TEST(HeldOut, SecondIsReported) {
  EXPECT_GE(Classify("held_out_2.tsv").accuracy(), 0.70);
}

TEST(HeldOut, ThirdIsReported) {
  EXPECT_GE(Classify("held_out_3.tsv").accuracy(), 0.70);
}

TEST(HeldOut, PassagesAreReported) {
  EXPECT_GE(Classify("held_out_4.tsv").accuracy(), 0.70);
}

TEST(Relations, NineOfTenAreToldApart) {
  EXPECT_GE(Classify("relations.tsv").accuracy(), 0.90);
}

}  // namespace
}  // namespace ringside::claims
