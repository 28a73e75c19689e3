// canvas.csv and nbgrader.csv: a row a candidate.
#include <map>

#include "base/status_macros.h"
#include "evaluator/cohort/outputs/csv_writer.h"
#include "evaluator/cohort/outputs/formats.h"
#include "evaluator/cohort/outputs/walk.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

struct Mean {
  double sum = 0;
  int64_t count = 0;
};

struct Row {
  std::string anonymous, name;            // of the candidate; `name` as the cohort has it
  std::map<std::string, Mean> questions;  // 0..1
};

// Candidate by candidate; one row in memory at a time.
absl::Status WalkRows(const CohortStore& store, const std::function<void(const Row&)>& visit) {
  Row row;
  RINGSIDE_RETURN_IF_ERROR(WalkGrades(store, WalkOrder::kByCandidate, [&](const Graded& graded) {
    if (!row.questions.empty() && row.anonymous != graded.grade.candidate()) {
      visit(row);
      row.questions.clear();
    }
    row.anonymous = graded.grade.candidate();
    row.name = graded.answer.candidate();
    Mean& mean = row.questions[graded.grade.question()];
    mean.sum += graded.grade.score();
    ++mean.count;
    return absl::OkStatus();
  }));
  if (!row.questions.empty()) visit(row);
  return absl::OkStatus();
}

Identity IdentityOf(const OutputOptions& options, const Row& row) {
  Identity identity;
  if (options.identity_of) identity = options.identity_of(row.name).value_or(Identity{});
  if (identity.student.empty()) identity.student = row.anonymous;
  return identity;
}

// Canvas takes "TITLE (NUMBER)" for the column of an assignment that it has; a title alone is a new one.
std::string ColumnOf(const evaluator::Bank* bank, const std::string& question) {
  const std::string title = TitleOf(bank, question);
  return title == question ? question : fmt::format("{} [{}]", title, question);
}

}  // namespace

absl::Status WriteCanvas(const CohortStore& store, const CohortFigures& figures,
                         const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.folder + "/canvas.csv"));
  // A question that nobody's answer could be graded to is most often a name that was mistyped: no column.
  std::vector<std::string> questions;
  for (const ItemStatistics& item : figures.items.items) {
    if (item.answers > item.errors) questions.push_back(item.question);
  }
  CsvWriter csv(&file);
  for (const char* column : {"Student", "ID", "SIS User ID", "SIS Login ID", "Section"}) csv.Text(column);
  for (const std::string& question : questions) csv.Text(ColumnOf(options.bank, question));
  csv.EndRow();
  csv.Text("    Points Possible").Empty().Empty().Empty().Empty();
  for (size_t i = 0; i < questions.size(); ++i) csv.Number(options.points);
  csv.EndRow();
  RINGSIDE_RETURN_IF_ERROR(WalkRows(store, [&](const Row& row) {
    const Identity who = IdentityOf(options, row);
    csv.Text(who.student).Text(who.id).Text(who.sis_user_id).Text(who.sis_login_id).Text(who.section);
    for (const std::string& question : questions) {
      const auto found = row.questions.find(question);
      if (found == row.questions.end()) {
        csv.Empty();  // not answered: Canvas leaves what it has
      } else {
        csv.Number(options.points * found->second.sum / static_cast<double>(found->second.count));
      }
    }
    csv.EndRow();
  }));
  return file.Commit();
}

absl::Status WriteNbgrader(const CohortStore& store, const OutputOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.folder + "/nbgrader.csv"));
  CsvWriter csv(&file);
  for (const char* column : {"assignment", "duedate", "timestamp", "student_id", "last_name", "first_name",
                             "email", "raw_score", "late_submission_penalty", "score", "max_score"}) {
    csv.Text(column);
  }
  csv.EndRow();
  RINGSIDE_RETURN_IF_ERROR(WalkRows(store, [&](const Row& row) {
    const Identity who = IdentityOf(options, row);
    double score = 0;
    for (const auto& [question, mean] : row.questions) score += mean.sum / static_cast<double>(mean.count);
    csv.Text(options.title).Empty().Empty().Text(who.id.empty() ? who.student : who.id);
    csv.Text(who.last_name).Text(who.first_name).Text(who.email).Number(options.points * score).Number(0);
    csv.Number(options.points * score).Number(options.points * static_cast<double>(row.questions.size()));
    csv.EndRow();
  }));
  return file.Commit();
}

}  // namespace ringside::cohort
