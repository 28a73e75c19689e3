// How common every term is among the questions that are asked together: what stands in many of them says
// little about any one. Counted over the questions of a table, or built in from the bank's
// (data/background.txt, made by fit_background.cc). Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "evaluator/text/document.h"
#include "ringside/v1/bank.pb.h"

namespace ringside::theory {

class Background {
 public:
  static constexpr size_t kMaxTerms = 200'000;  // further ones count as unknown

  // Nothing is known: every weight is 1. `least_spread`: of s below; 1 when coefficients are fitted, so that
  // they are those of weighted terms on small vocabularies, too.
  explicit Background(double least_spread = 0) : least_spread_(least_spread) {}
  // Lines "questions N", "chance X" and "TERM<tab>COUNT"; '#' begins a comment. INVALID_ARGUMENT with the
  // line. Commonness counts fully (s = 1 below): terms of one question alone may be left out.
  static absl::StatusOr<Background> Parse(std::string_view data);
  static std::shared_ptr<const Background> BuiltIn();

  void Add(const v1::TheoryQuestion& question);

  // 0.05..1: 1 for a term of no or one question, little for one of all. Where the questions share a small
  // vocabulary altogether, commonness says less: with N questions and T terms the weight is
  // 1 - s (1 - log((N+1)/count) / log(N+1)) with s = (T/N - 2) / 18 within 0..1.
  double Weight(const std::string& key) const;

  // Setting::chance of the bank (prepared_parts.h); 0 unless parsed.
  double chance() const { return chance_; }
  int64_t questions() const { return questions_; }
  const std::unordered_map<std::string, int64_t>& counts() const { return counts_; }

 private:
  double least_spread_ = 0;
  double chance_ = 0;
  int64_t questions_ = 0;
  std::unordered_map<std::string, int64_t> counts_;  // questions that have the term
};

}  // namespace ringside::theory
