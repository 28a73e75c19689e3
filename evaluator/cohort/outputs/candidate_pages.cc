// candidates/CANDIDATE.html: every answer of a candidate, written answer by answer.
#include <optional>

#include "base/check.h"
#include "base/status_macros.h"
#include "evaluator/cohort/outputs/answer_html.h"
#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/output_file.h"
#include "evaluator/cohort/outputs/page.h"
#include "evaluator/cohort/outputs/walk.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

std::string HeadHtml(const CandidateTotal& total, const OutputOptions& options) {
  const std::string name = total.candidate.empty() ? "(no name)" : total.candidate;
  std::string about = fmt::format("{} {}", total.answers, total.answers == 1 ? "answer" : "answers");
  if (total.errors > 0) about += fmt::format(", {} of them not graded (counted as 0)", total.errors);
  return PageBegin(fmt::format("{} - {}", name, options.title)) +
         fmt::format(
             "<p class=\"small\"><a href=\"../report.html\">{}</a></p>\n<header><div><h1>{}</h1><p "
             "class=\"faint\">{}</p></div><div class=\"big\">{}<small>mean of {} {}</small></div></header>\n",
             Line(options.title, 200), Line(name, 200), about, Figure(total.mark), total.questions,
             total.questions == 1 ? "question" : "questions");
}

}  // namespace

absl::Status WriteCandidatePages(const CohortStore& store, const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(CandidateTotals totals, CandidateTotals::Of(store));
  std::optional<OutputFile> page;
  std::string candidate;
  const auto finish = [&]() -> absl::Status {
    if (!page) return absl::OkStatus();
    page->Write(PageEnd());
    RINGSIDE_RETURN_IF_ERROR(page->Commit());
    page.reset();
    return absl::OkStatus();
  };
  RINGSIDE_RETURN_IF_ERROR(
      WalkGrades(store, WalkOrder::kByCandidate, [&](const Graded& graded) -> absl::Status {
        if (!page || graded.grade.candidate() != candidate) {
          RINGSIDE_RETURN_IF_ERROR(finish());
          candidate = graded.grade.candidate();
          RINGSIDE_ASSIGN_OR_RETURN(const std::optional<CandidateTotal> total, totals.Next());
          RINGSIDE_CHECK(total && total->candidate == candidate);
          RINGSIDE_ASSIGN_OR_RETURN(OutputFile next,
                                    OutputFile::Create(options.folder + "/" + PagePath(candidate)));
          page.emplace(std::move(next));
          page->Write(HeadHtml(*total, options));
        }
        page->Write(AnswerHtml(graded, options));
        return absl::OkStatus();
      }));
  return finish();
}

}  // namespace ringside::cohort
