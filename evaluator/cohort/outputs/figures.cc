#include "evaluator/cohort/outputs/figures.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <tuple>

#include "base/status_macros.h"
#include "evaluator/cohort/outputs/walk.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

int BinOf(double share) {
  return std::clamp(static_cast<int>(share * kBins), 0, kBins - 1);
}

bool HasFlag(const v1::CohortGrade& grade, v1::AnswerFlag flag) {
  const auto& flags = grade.theory().flags();
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::optional<Attention> NeedsAPerson(const v1::CohortGrade& grade) {
  Attention found{
      0, grade.id(), grade.candidate(), grade.question(), grade.score(), grade.theory().confidence(), ""};
  if (!grade.error().empty()) {
    found.reason = "not graded: " + grade.error();
  } else if (HasFlag(grade, v1::ANSWER_FLAG_INSTRUCTIONS)) {
    found.rank = 1;
    found.reason = "speaks to the grader";
  } else if (grade.has_mark() && std::abs(grade.score() - grade.mark()) >= kFarFromPerson) {
    found.rank = 2;
    found.reason = fmt::format("a person gave {:.2f}", grade.mark());
  } else if (HasFlag(grade, v1::ANSWER_FLAG_LOW_EVIDENCE)) {
    found.rank = 3;
    found.reason = "little evidence: too little to tell";
  } else {
    return std::nullopt;
  }
  return found;
}

bool MorePressing(const Attention& a, const Attention& b) {
  return std::tie(a.rank, a.confidence) < std::tie(b.rank, b.confidence);
}

void KeepMostPressing(std::vector<Attention>* attention) {
  std::stable_sort(attention->begin(), attention->end(), MorePressing);
  if (attention->size() > kMaxAttention) attention->resize(kMaxAttention);
}

// What everybody who answers has before them, or may quote.
std::vector<std::string> TemplateOf(const evaluator::Bank* bank, const std::string& question) {
  std::vector<std::string> texts;
  if (bank == nullptr) return texts;
  const auto add_points = [&](const auto& points) {
    for (const v1::ReferencePoint& point : points) texts.push_back(point.text());
  };
  if (const v1::TheoryQuestion* theory = bank->FindTheory(question); theory != nullptr) {
    texts.push_back(theory->prompt());
    add_points(theory->points());
  } else if (const v1::DesignQuestion* design = bank->FindDesign(question); design != nullptr) {
    texts.push_back(design->prompt());
    add_points(design->must_hold());
  }
  return texts;
}

// Question by question, so that the sketches of one are in memory at a time.
absl::Status FindSimilar(const CohortStore& store, const evaluator::Bank* bank, CohortFigures* figures) {
  std::string question;
  std::unique_ptr<SimilarAnswers> answers;
  const auto take = [&] {
    if (answers == nullptr) return;
    std::vector<SimilarPair> pairs = answers->Pairs(figures->similarity_threshold);
    figures->similar.insert(figures->similar.end(), std::make_move_iterator(pairs.begin()),
                            std::make_move_iterator(pairs.end()));
    std::stable_sort(figures->similar.begin(), figures->similar.end(),
                     [](const SimilarPair& a, const SimilarPair& b) { return a.similarity > b.similarity; });
    if (figures->similar.size() > kMaxPairs) figures->similar.resize(kMaxPairs);
  };
  RINGSIDE_RETURN_IF_ERROR(WalkGrades(store, WalkOrder::kByQuestion, [&](const Graded& graded) {
    const v1::CohortGrade& grade = graded.grade;
    if (answers == nullptr || grade.question() != question) {
      take();
      question = grade.question();
      answers = std::make_unique<SimilarAnswers>(question, TemplateOf(bank, question));
    }
    const std::string& text =
        graded.answer.has_design() ? graded.answer.design().rationale() : graded.answer.text();
    if (!text.empty()) answers->Add(grade.id(), grade.candidate(), text);
    return absl::OkStatus();
  }));
  take();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CohortFigures> ComputeFigures(const CohortStore& store, const evaluator::Bank* bank,
                                             double similarity_threshold) {
  CohortFigures figures;
  figures.similarity_threshold = similarity_threshold;
  RINGSIDE_ASSIGN_OR_RETURN(figures.items, AnalyseItems(store));
  RINGSIDE_RETURN_IF_ERROR(WalkGrades(store, WalkOrder::kSource, [&](const Graded& graded) {
    const v1::CohortGrade& grade = graded.grade;
    const bool scored = grade.error().empty();
    if (scored) ++figures.answer_scores[BinOf(grade.score())];
    if (grade.has_mark() && scored) {
      figures.agreement.Add(grade.score(), grade.mark(), grade.words());
      figures.agreement_by_question[grade.question()].Add(grade.score(), grade.mark(), grade.words());
    }
    figures.marked_errors += grade.has_mark() && !scored ? 1 : 0;
    if (std::optional<Attention> attention = NeedsAPerson(grade)) {
      ++figures.attention_total;
      figures.attention.push_back(*std::move(attention));
      if (figures.attention.size() == 2 * kMaxAttention) KeepMostPressing(&figures.attention);
    }
    return absl::OkStatus();
  }));
  KeepMostPressing(&figures.attention);
  RINGSIDE_ASSIGN_OR_RETURN(CandidateTotals totals, CandidateTotals::Of(store));
  while (true) {
    RINGSIDE_ASSIGN_OR_RETURN(const std::optional<CandidateTotal> total, totals.Next());
    if (!total) break;
    ++figures.candidate_marks[BinOf(total->mark)];
  }
  RINGSIDE_RETURN_IF_ERROR(FindSimilar(store, bank, &figures));
  return figures;
}

}  // namespace ringside::cohort
