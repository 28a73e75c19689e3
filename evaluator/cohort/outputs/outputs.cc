#include "evaluator/cohort/outputs/outputs.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "base/status_macros.h"
#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

struct NamedFormat {
  std::string_view name;
  OutputFormat format;
};
constexpr std::array<NamedFormat, 8> kFormats = {{{"csv", OutputFormat::kCsv},
                                                  {"jsonl", OutputFormat::kJsonLines},
                                                  {"summary", OutputFormat::kSummary},
                                                  {"canvas", OutputFormat::kCanvas},
                                                  {"nbgrader", OutputFormat::kNbgrader},
                                                  {"gradescope", OutputFormat::kGradescope},
                                                  {"junit", OutputFormat::kJunit},
                                                  {"html", OutputFormat::kHtml}}};

template <typename Points>
std::string TextOfPoint(const Points& points, const std::string& id) {
  for (const auto& point : points) {
    if (point.id() == id) return point.text();
  }
  return id;
}

}  // namespace

absl::StatusOr<OutputFormat> ParseOutputFormat(std::string_view name) {
  std::string known;
  for (const NamedFormat& format : kFormats) {
    if (format.name == name) return format.format;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", format.name);
  }
  return absl::InvalidArgumentError(fmt::format("\"{}\" is no format of a cohort's results; there are {}",
                                                evaluator::Printable(name, 40), known));
}

std::set<OutputFormat> AllOutputFormats() {
  std::set<OutputFormat> all;
  for (const NamedFormat& format : kFormats) all.insert(format.format);
  return all;
}

absl::StatusOr<std::vector<std::string>> WriteOutputs(const CohortStore& store, const CohortFigures& figures,
                                                      const OutputOptions& options) {
  std::vector<std::string> files;
  for (const OutputFormat format : options.formats) {
    switch (format) {
      case OutputFormat::kCsv:
        RINGSIDE_RETURN_IF_ERROR(WriteGradesCsv(store, options));
        files.emplace_back("grades.csv");
        break;
      case OutputFormat::kJsonLines:
        RINGSIDE_RETURN_IF_ERROR(WriteGradesJsonLines(store, options));
        files.emplace_back("grades.jsonl");
        break;
      case OutputFormat::kSummary:
        RINGSIDE_RETURN_IF_ERROR(WriteSummary(store, figures, options));
        files.emplace_back("summary.json");
        break;
      case OutputFormat::kCanvas:
        RINGSIDE_RETURN_IF_ERROR(WriteCanvas(store, figures, options));
        files.emplace_back("canvas.csv");
        break;
      case OutputFormat::kNbgrader:
        RINGSIDE_RETURN_IF_ERROR(WriteNbgrader(store, options));
        files.emplace_back("nbgrader.csv");
        break;
      case OutputFormat::kGradescope:
        RINGSIDE_RETURN_IF_ERROR(WriteGradescope(store, options));
        files.emplace_back("gradescope/");
        break;
      case OutputFormat::kJunit:
        RINGSIDE_RETURN_IF_ERROR(WriteJunit(store, options));
        files.emplace_back("junit.xml");
        break;
      case OutputFormat::kHtml:
        // The pages first: the report's links lead somewhere as soon as it is there.
        RINGSIDE_RETURN_IF_ERROR(WriteCandidatePages(store, options));
        RINGSIDE_RETURN_IF_ERROR(WriteReport(store, figures, options));
        files.emplace_back("candidates/");
        files.emplace_back("report.html");
        break;
    }
  }
  return files;
}

std::string TitleOf(const evaluator::Bank* bank, const std::string& question) {
  if (bank == nullptr) return question;
  if (const v1::TheoryQuestion* theory = bank->FindTheory(question);
      theory != nullptr && theory->has_title()) {
    return theory->title();
  }
  if (const v1::DesignQuestion* design = bank->FindDesign(question);
      design != nullptr && design->has_title()) {
    return design->title();
  }
  return question;
}

std::string PromptOf(const evaluator::Bank* bank, const std::string& question) {
  if (bank == nullptr) return "";
  if (const v1::TheoryQuestion* theory = bank->FindTheory(question); theory != nullptr)
    return theory->prompt();
  if (const v1::DesignQuestion* design = bank->FindDesign(question); design != nullptr)
    return design->prompt();
  return "";
}

std::string PointText(const evaluator::Bank* bank, const std::string& question, const std::string& point) {
  if (bank == nullptr) return point;
  if (const v1::TheoryQuestion* theory = bank->FindTheory(question); theory != nullptr) {
    return TextOfPoint(theory->points(), point);
  }
  if (const v1::DesignQuestion* design = bank->FindDesign(question); design != nullptr) {
    return TextOfPoint(design->must_hold(), point);
  }
  return point;
}

std::string FindingsText(const evaluator::Bank* bank, const v1::CohortGrade& grade) {
  if (!grade.error().empty()) return "Not graded: " + grade.error();
  std::string text;
  const auto line = [&](const std::string& words) { text += (text.empty() ? "" : "\n") + words; };
  for (const v1::PointGrade& point : grade.theory().points()) {
    line(fmt::format("{} ({:.2f} of 1): {}{}{}", point.earned() >= kEarned ? "Earned" : "Missed",
                     point.earned(), PointText(bank, grade.question(), point.point()),
                     point.reason().empty() ? "" : " - ", point.reason()));
  }
  for (const v1::MisconceptionHit& hit : grade.theory().misconceptions()) line("Wrong: " + hit.correction());
  for (const v1::AreaScore& area : grade.design().areas()) {
    line(
        fmt::format("{} {:.2f}, weight {:.2f}: {}", area.area(), area.score(), area.weight(), area.reason()));
  }
  for (const int flag : grade.theory().flags()) {
    line("Note: " + FlagName(static_cast<v1::AnswerFlag>(flag)));
  }
  for (const std::string& note : grade.theory().notes()) line("Note: " + note);
  for (const std::string& note : grade.design().notes()) line("Note: " + note);
  return text;
}

std::string FlagName(v1::AnswerFlag flag) {
  std::string name = absl::AsciiStrToLower(v1::AnswerFlag_Name(flag));
  constexpr std::string_view kPrefix = "answer_flag_";
  if (name.starts_with(kPrefix)) name = name.substr(kPrefix.size());
  return absl::StrReplaceAll(name, {{"_", " "}});
}

}  // namespace ringside::cohort
