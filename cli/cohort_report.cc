#include "cli/cohort_report.h"

#include <cmath>
#include <filesystem>

#include "base/status_macros.h"
#include "evaluator/cohort/outputs/figures.h"
#include "evaluator/cohort/outputs/outputs.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace ringside::cli {
namespace {

constexpr size_t kMaxComplaints = 50;
constexpr size_t kMaxRows = 30;  // of a table

std::string Figure(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.2f}", value);
}

nlohmann::json Number(double value) {
  return std::isnan(value) ? nlohmann::json() : nlohmann::json(value);
}

std::string ItemTable(const cohort::ItemAnalysis& analysis) {
  std::string text = fmt::format("  {:<38} {:>7} {:>6} {:>8} {:>14}  {}\n", "question", "answers", "errors",
                                 "facility", "discrimination", "");
  for (size_t i = 0; i < analysis.items.size() && i < kMaxRows; ++i) {
    const cohort::ItemStatistics& item = analysis.items[i];
    text += fmt::format("  {:<38} {:>7} {:>6} {:>8} {:>14}  {}\n", evaluator::Printable(item.question, 38),
                        item.answers, item.errors, Figure(item.facility), Figure(item.discrimination),
                        item.flags.empty() ? "" : item.flags.front());
  }
  if (analysis.items.size() > kMaxRows) {
    text += fmt::format("  ... and {} more questions\n", analysis.items.size() - kMaxRows);
  }
  return text;
}

std::string AgreementText(const cohort::CohortFigures& figures) {
  std::string text;
  const cohort::Agreement& with = figures.agreement;
  if (with.count() > 0) {
    text += fmt::format(
        "\nagreement with the marks of {} answers: Pearson {}, {} given length; QWK {}, kappa {}, RMSE {}\n",
        with.count(), Figure(with.pearson()), Figure(with.partial()), Figure(with.qwk()),
        Figure(with.kappa()), Figure(with.rmse()));
  }
  if (!figures.similar.empty()) {
    text +=
        fmt::format("\n{} pairs of answers are too much alike, e.g. {} and {} ({:.0f} %)\n",
                    figures.similar.size(), evaluator::Printable(figures.similar[0].first, 60),
                    evaluator::Printable(figures.similar[0].second, 60), 100 * figures.similar[0].similarity);
  }
  if (figures.attention_total > 0) {
    text += fmt::format("\n{} answers should be looked at by a person; report.html lists them\n",
                        figures.attention_total);
  }
  return text;
}

// What a regrade changed, and which parts of a question's grade did it.
absl::StatusOr<std::string> MovedTable(const cohort::CohortStore& store, nlohmann::json* json) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, store.generation());
  if (generation == 1) return std::string();
  std::string text;
  int64_t moved = 0;
  *json = nlohmann::json::array();
  RINGSIDE_RETURN_IF_ERROR(store.ForEachMoved([&](const cohort::Moved& one) {
    std::string why;
    for (const v1::PointGrade& after : one.after.theory().points()) {
      for (const v1::PointGrade& before : one.before.theory().points()) {
        if (before.point() != after.point() || std::abs(before.earned() - after.earned()) < 0.005) continue;
        why += fmt::format("{}{} {:.2f} -> {:.2f}", why.empty() ? "" : ", ", after.point(), before.earned(),
                           after.earned());
      }
    }
    if (why.empty()) {
      why = one.before.error() != one.after.error()     ? "could not be graded before or now"
            : one.before.grader() != one.after.grader() ? "weights or wordings of the question changed"
                                                        : "the grader changed";
    }
    if (++moved <= static_cast<int64_t>(kMaxRows)) {
      text += fmt::format("  {:<28} {:<30} {:.2f} -> {:.2f}  {}\n", evaluator::Printable(one.after.id(), 28),
                          evaluator::Printable(one.after.question(), 30), one.before.score(),
                          one.after.score(), evaluator::Printable(why, 100));
    }
    if (json->size() < 10'000) {
      json->push_back({{"id", evaluator::ValidUtf8(one.after.id())},
                       {"question", evaluator::ValidUtf8(one.after.question())},
                       {"before", one.before.score()},
                       {"after", one.after.score()},
                       {"why", why}});
    }
    return absl::OkStatus();
  }));
  std::string headline = fmt::format("\nregrade {}: {} grades moved\n", generation - 1, moved);
  if (moved > static_cast<int64_t>(kMaxRows)) text += fmt::format("  ... and {} more\n", moved - kMaxRows);
  return headline + text;
}

}  // namespace

absl::StatusOr<CohortReport> ReportCohort(const cohort::CohortStore& store, const evaluator::Bank& bank,
                                          const std::string& source, const std::string& out,
                                          const std::map<std::string, v1::JudgeOpinion>& opinions,
                                          const GradeOptions& options) {
  CohortReport report;
  RINGSIDE_RETURN_IF_ERROR(store.ForEachGrade([&](const v1::CohortGrade& grade) {
    if (grade.error().empty()) return absl::OkStatus();
    if (++report.errors <= static_cast<int64_t>(kMaxComplaints)) {
      report.complaints.push_back(grade.line() > 0
                                      ? fmt::format("{}:{}: {}", source, grade.line(), grade.error())
                                      : fmt::format("{}: {}: {}", source, grade.id(), grade.error()));
    }
    return absl::OkStatus();
  }));
  if (report.errors > static_cast<int64_t>(kMaxComplaints)) {
    report.complaints.push_back(
        fmt::format("{}: {} more answers could not be graded", source, report.errors - kMaxComplaints));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const cohort::CohortFigures figures,
                            cohort::ComputeFigures(store, &bank, options.similar));
  const cohort::ItemAnalysis& analysis = figures.items;
  report.text = fmt::format("{} answers of {} candidates to {} questions, {} of them not gradable; mean {}",
                            analysis.answers, analysis.candidates, analysis.items.size(), analysis.errors,
                            Figure(analysis.mean));
  report.text += std::isnan(analysis.alpha)
                     ? "\n\n"
                     : fmt::format("; Cronbach's alpha {} ({} candidates answered all)\n\n",
                                   Figure(analysis.alpha), analysis.complete_candidates);
  report.text += ItemTable(analysis);
  report.text += AgreementText(figures);
  nlohmann::json moved;
  RINGSIDE_ASSIGN_OR_RETURN(const std::string moved_text, MovedTable(store, &moved));
  report.text += moved_text;
  report.json = {{"answers", analysis.answers},       {"errors", analysis.errors},
                 {"candidates", analysis.candidates}, {"mean", Number(analysis.mean)},
                 {"alpha", Number(analysis.alpha)},   {"out", out}};
  if (figures.agreement.count() > 0) {
    report.json["agreement"] = {{"answers", figures.agreement.count()},
                                {"pearson", Number(figures.agreement.pearson())},
                                {"partial_given_length", Number(figures.agreement.partial())},
                                {"qwk", Number(figures.agreement.qwk())},
                                {"kappa", Number(figures.agreement.kappa())},
                                {"rmse", Number(figures.agreement.rmse())}};
  }
  report.json["similar_pairs"] = figures.similar.size();
  report.json["to_look_at"] = figures.attention_total;
  if (!moved.is_null()) report.json["moved"] = std::move(moved);

  cohort::OutputOptions outputs;
  outputs.folder = out;
  outputs.title = std::filesystem::path(source).stem().string();
  outputs.pass_mark = options.pass_mark;
  outputs.bank = &bank;
  outputs.opinion_of = [&opinions](const std::string& id) -> std::optional<v1::JudgeOpinion> {
    const auto found = opinions.find(id);
    return found == opinions.end() ? std::nullopt : std::optional(found->second);
  };
  RINGSIDE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                            cohort::WriteOutputs(store, figures, outputs));
  report.json["files"] = files;
  report.text += fmt::format("\n  report  {0}/report.html\n  grades  {0}/grades.csv\n  and     {1}\n", out,
                             fmt::join(files, ", "));
  return report;
}

}  // namespace ringside::cli
