// junit.xml: a suite a question, a case an answer; a failure below the pass mark, an error where it was not
// graded.
#include <algorithm>
#include <map>

#include "absl/strings/str_replace.h"
#include "base/status_macros.h"
#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/output_file.h"
#include "evaluator/cohort/outputs/walk.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

// XML 1.0 has no U+FFFE and U+FFFF, escaped or not; of other text EscapeHtml leaves what XML allows.
std::string Xml(std::string_view text) {
  return absl::StrReplaceAll(evaluator::EscapeHtml(text), {{"\xEF\xBF\xBE", "?"}, {"\xEF\xBF\xBF", "?"}});
}

std::string XmlLines(std::string_view text) {
  std::string lines;
  while (true) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines += Xml(text.substr(0, end));
    if (end == text.size()) return lines;
    lines += '\n';
    text.remove_prefix(end + 1);
  }
}

struct Counts {
  int64_t tests = 0, failures = 0, errors = 0;
  std::string Attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\"", tests, failures, errors);
  }
};

constexpr const char* kCounts =
    "SELECT question, COUNT(*), SUM(error = '' AND score < ?), SUM(error <> '') FROM grades"
    " WHERE generation = ? GROUP BY question ORDER BY question";

std::string CaseXml(const v1::CohortGrade& grade, const OutputOptions& options) {
  std::string xml = fmt::format("    <testcase classname=\"{}\" name=\"{} {}\"", Xml(grade.question()),
                                Xml(grade.candidate()), Xml(grade.id()));
  const bool error = !grade.error().empty();
  if (!error && grade.score() >= options.pass_mark) return xml + "/>\n";
  const std::string element = error ? "error" : "failure";
  const std::string message =
      error ? "not graded" : fmt::format("score {:.3f} is below {:.3f}", grade.score(), options.pass_mark);
  return xml + fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n", element,
                           error ? "not-graded" : "score", message,
                           XmlLines(FindingsText(options.bank, grade)));
}

}  // namespace

absl::Status WriteJunit(const CohortStore& store, const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, store.generation());
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement count, store.db().Prepare(kCounts));
  count.BindReal(options.pass_mark).Bind(generation);
  std::map<std::string, Counts> suites;
  Counts all;
  while (true) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool row, count.Step());
    if (!row) break;
    const Counts& suite = suites[count.Text(0)] = {count.Int(1), count.Int(2), count.Int(3)};
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
  }
  RINGSIDE_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.folder + "/junit.xml"));
  file.Write(fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {}>\n",
                         Xml(options.title), all.Attributes()));
  std::string question;
  bool open = false;
  RINGSIDE_RETURN_IF_ERROR(WalkGrades(store, WalkOrder::kByQuestion, [&](const Graded& graded) {
    if (!open || graded.grade.question() != question) {
      if (open) file.Write("  </testsuite>\n");
      question = graded.grade.question();
      open = true;
      file.Write(fmt::format("  <testsuite name=\"{}\" {}>\n", Xml(question), suites[question].Attributes()));
    }
    file.Write(CaseXml(graded.grade, options));
    return absl::OkStatus();
  }));
  file.Write(open ? "  </testsuite>\n</testsuites>\n" : "</testsuites>\n");
  return file.Commit();
}

}  // namespace ringside::cohort
