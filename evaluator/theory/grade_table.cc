#include "evaluator/theory/grade_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "evaluator/theory/fitting.h"
#include "evaluator/theory/grade_answer.h"
#include "evaluator/theory/learned_marks.h"
#include "evaluator/theory/measure.h"
#include "evaluator/theory/setting.h"
#include "evaluator/theory/tsv.h"

namespace ringside::theory {
namespace {

const std::vector<std::string> kNeeded = {"question_id", "question", "reference_answer", "student_answer"};
constexpr std::string_view kDropped[] = {
    "question", "reference_answer", "student_answer", "score", "score1", "score2",
    "feedback", "evidence",         "confidence",     "flags", "points", "error"};
constexpr size_t kMarksForScale = 60, kMarksForWeights = 200, kQuestionsForWeights = 8;
constexpr double kPriorOfWeights = 3;  // ridge towards the shipped weights, per standard deviation

// Rows of one id with another reference are another question.
std::string KeyOf(const TsvReader& row) {
  return std::string(row.Cell("question_id")) + '\t' + std::string(row.Cell("reference_answer"));
}

struct Questions {
  std::unordered_map<std::string, size_t> index;
  std::vector<v1::TheoryQuestion> questions;

  absl::StatusOr<size_t> Add(const TsvReader& row) {
    const auto [known, added] = index.emplace(KeyOf(row), questions.size());
    if (!added) return known->second;
    if (questions.size() == kMaxQuestions)
      return absl::ResourceExhaustedError(
          fmt::format("more than {} questions; split the table", kMaxQuestions));
    questions.push_back(
        QuestionOfReference(row.Cell("question_id"), row.Cell("question"), row.Cell("reference_answer")));
    return known->second;
  }
};

std::string WhyNotGraded(const TsvReader& row) {
  if (row.Cell("question_id").empty()) return "no question_id";
  if (row.Cell("reference_answer").empty()) return "no reference_answer to grade by";
  return "";
}

absl::Status ReadAll(const std::string& path, const std::vector<std::string>& needed,
                     const std::function<absl::Status(const TsvReader&, const absl::Status&)>& each) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  RINGSIDE_ASSIGN_OR_RETURN(TsvReader reader, TsvReader::Open(&file, path, needed));
  absl::Status error;
  while (reader.Next(&error)) RINGSIDE_RETURN_IF_ERROR(each(reader, error));
  return absl::OkStatus();
}

struct Mark {
  size_t question = 0;
  std::string answer;
  double mark = 0;
};

// Weights and scale as the marks teach them, into the setting.
void Refit(const std::vector<v1::TheoryQuestion>& questions, const std::vector<Mark>& marks, Setting* setting,
           TableSummary* summary) {
  if (marks.size() < kMarksForScale) return;
  std::unordered_map<size_t, size_t> dense;
  std::vector<std::unique_ptr<PreparedParts>> prepared;
  std::vector<FitRow> rows;
  std::vector<double> lengths;
  for (const Mark& mark : marks) {
    const auto [known, added] = dense.emplace(mark.question, dense.size());
    if (added)
      prepared.push_back(std::make_unique<PreparedParts>(Prepare(questions[mark.question], *setting)));
    const Measured answer = MeasureAnswer(*prepared[known->second], mark.answer);
    rows.push_back({known->second, answer.features, mark.mark});
    lengths.push_back(Model::LogWords(answer.words));
  }
  std::array<double, kFeatures> weights = Model::BuiltIn().weights();
  if (marks.size() >= kMarksForWeights && dense.size() >= kQuestionsForWeights) {
    weights = FitWeights({rows}, weights, kPriorOfWeights);
    summary->weights_refitted = true;
  }
  const Model refitted = Model::BuiltIn().With(weights, Model::BuiltIn().knots());
  std::vector<ScaleSample> samples;
  for (size_t i = 0; i < rows.size(); ++i) {
    const double expected = refitted.At(refitted.Sum(rows[i].features) - setting->chance).mark;
    samples.push_back({rows[i].question, expected, lengths[i], rows[i].mark});
  }
  const Scale scale = FitScale(samples);
  std::vector<Knot> knots = refitted.knots();
  for (Knot& knot : knots) knot.mark = std::clamp(scale.offset + scale.slope * knot.mark, 0.0, 1.0);
  setting->model = std::make_shared<const Model>(
      refitted.With(weights, std::move(knots)).WithLength(scale.per_length, scale.mean_length));
  summary->scale_refitted = true;
}

std::string Flags(const v1::TheoryGrade& grade) {
  std::vector<std::string> names;
  for (const int flag : grade.flags())
    names.push_back(
        v1::AnswerFlag_Name(static_cast<v1::AnswerFlag>(flag)).substr(sizeof("ANSWER_FLAG_") - 1));
  return absl::StrJoin(names, ",");
}

std::string Points(const v1::TheoryGrade& grade) {
  std::string points;
  for (const v1::PointGrade& point : grade.points())
    points += fmt::format("{}{}={:.2f}", points.empty() ? "" : " ", point.point(), point.earned());
  return points;
}

// A cell without tabs and line ends.
std::string AsCell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

class TableGrader {
 public:
  TableGrader(std::ostream* out, const std::function<void(const absl::Status&)>& report)
      : out_(*out), report_(report) {}

  absl::Status ReadQuestions(const std::string& table) {
    return ReadAll(table, kNeeded, [&](const TsvReader& row, const absl::Status& error) {
      if (error.ok() && WhyNotGraded(row).empty()) return questions_.Add(row).status();
      return absl::OkStatus();
    });
  }

  absl::Status ReadMarks(const std::string& marked) {
    std::vector<std::string> needed = kNeeded;
    needed.emplace_back("score");
    own_ = questions_.questions.size();
    return ReadAll(marked, needed, [&](const TsvReader& row, const absl::Status& error) {
      double mark = 0;
      const std::string_view score = row.Cell("score");
      absl::Status wrong = error;
      if (wrong.ok() && !WhyNotGraded(row).empty())
        wrong = absl::InvalidArgumentError(fmt::format("{}:{}: {}", marked, row.line(), WhyNotGraded(row)));
      if (wrong.ok() && (!absl::SimpleAtod({score.data(), score.size()}, &mark) || !(mark >= 0 && mark <= 1)))
        wrong = absl::InvalidArgumentError(
            fmt::format("{}:{}: score \"{}\" is no number from 0 to 1; the mark is passed over", marked,
                        row.line(), score));
      if (!wrong.ok()) {
        report_(wrong);
        return absl::OkStatus();
      }
      if (marks_.size() == kMaxMarks)
        return absl::ResourceExhaustedError(fmt::format("{}: more than {} marks", marked, kMaxMarks));
      RINGSIDE_ASSIGN_OR_RETURN(const size_t question, questions_.Add(row));
      marks_.push_back({question, std::string(row.Cell("student_answer")), mark});
      return absl::OkStatus();
    });
  }

  void Prepare() {
    setting_ = SettingOf(questions_.questions);
    Refit(questions_.questions, marks_, &setting_, &summary_);
    summary_.marks = static_cast<int64_t>(marks_.size());
    for (const Mark& mark : marks_) {
      v1::TheoryQuestion& question = questions_.questions[mark.question];
      if (mark.question >= own_ || question.marked_size() >= static_cast<int>(LearnedMarks::kMaxAnswers))
        continue;
      v1::MarkedAnswer* marked = question.add_marked();
      marked->set_text(mark.answer);
      marked->set_mark(mark.mark);
    }
    marks_.clear();
    prepared_.resize(questions_.questions.size());
  }

  absl::StatusOr<TableSummary> GradeRows(const std::string& table) {
    bool header = false;
    const auto each = [&](const TsvReader& row, const absl::Status& error) {
      if (!std::exchange(header, true)) WriteHeader(row);
      GradeRow(table, row, error);
      return out_.good() ? absl::OkStatus() : absl::UnavailableError("the grades cannot be written");
    };
    RINGSIDE_RETURN_IF_ERROR(ReadAll(table, kNeeded, each));
    if (!header) out_ << "question_id\tscore\tevidence\tconfidence\tflags\tpoints\terror\n";
    out_.flush();
    if (!out_.good()) return absl::UnavailableError("the grades cannot be written");
    return std::move(summary_);
  }

 private:
  void WriteHeader(const TsvReader& row) {
    for (const std::string& column : row.columns()) {
      if (std::find(std::begin(kDropped), std::end(kDropped), column) != std::end(kDropped)) continue;
      kept_.push_back(column);
      out_ << column << '\t';
    }
    out_ << "score\tevidence\tconfidence\tflags\tpoints\terror\n";
  }

  void GradeRow(const std::string& table, const TsvReader& row, const absl::Status& row_error) {
    absl::Status error = row_error;
    if (const std::string why = WhyNotGraded(row); error.ok() && !why.empty())
      error = absl::InvalidArgumentError(fmt::format("{}:{}: {}", table, row.line(), why));
    v1::TheoryGrade grade;
    if (error.ok()) {
      const auto known = questions_.index.find(KeyOf(row));
      if (known == questions_.index.end()) {
        error = absl::AbortedError(fmt::format("{}:{}: changed while it was read", table, row.line()));
      } else {
        std::unique_ptr<PreparedQuestion>& question = prepared_[known->second];
        if (!question)
          question = std::make_unique<PreparedQuestion>(questions_.questions[known->second], setting_);
        grade = GradeAnswer(*question, row.Cell("student_answer"), "");
        if (!grade.error().empty())
          error = absl::InvalidArgumentError(fmt::format("{}:{}: {}", table, row.line(), grade.error()));
      }
    }
    ++summary_.rows;
    TableSummary::Question& count = summary_.questions[std::string(row.Cell("question_id"))];
    ++count.answers;
    count.score_sum += error.ok() ? grade.score() : 0;
    count.confidence_sum += error.ok() ? grade.confidence() : 0;
    if (!error.ok()) {
      ++summary_.errors;
      ++count.errors;
      report_(error);
    }
    for (const std::string& column : kept_) out_ << row.Cell(column) << '\t';
    out_ << fmt::format("{:.4f}\t{:.4f}\t{:.3f}\t{}\t{}\t{}\n", error.ok() ? grade.score() : 0.0,
                        grade.evidence(), grade.confidence(), Flags(grade), AsCell(Points(grade)),
                        error.ok() ? "" : AsCell(std::string(error.message())));
  }

  std::ostream& out_;
  const std::function<void(const absl::Status&)>& report_;
  Questions questions_;
  size_t own_ = 0;  // questions of the table itself
  std::vector<Mark> marks_;
  Setting setting_;
  std::vector<std::unique_ptr<PreparedQuestion>> prepared_;  // made when they are met
  std::vector<std::string> kept_;
  TableSummary summary_;
};

}  // namespace

absl::StatusOr<TableSummary> GradeTable(const std::string& table, const std::string& marked,
                                        std::ostream* out,
                                        const std::function<void(const absl::Status&)>& report) {
  TableGrader grader(out, report);
  RINGSIDE_RETURN_IF_ERROR(grader.ReadQuestions(table));
  if (!marked.empty()) RINGSIDE_RETURN_IF_ERROR(grader.ReadMarks(marked));
  grader.Prepare();
  return grader.GradeRows(table);
}

}  // namespace ringside::theory
