#include "evaluator/cohort/outputs/walk.h"

#include "absl/strings/ascii.h"
#include "base/status_macros.h"
#include "evaluator/design/fingerprint.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

const char* KeysSql(WalkOrder order) {
  switch (order) {
    case WalkOrder::kByCandidate:
      return "SELECT number FROM grades WHERE generation = ? ORDER BY candidate, number";
    case WalkOrder::kByQuestion:
      return "SELECT number FROM grades WHERE generation = ? ORDER BY question, number";
    case WalkOrder::kSource:
      break;
  }
  return "SELECT number FROM grades WHERE generation = ? ORDER BY number";
}

}  // namespace

std::string PublicId(const v1::CohortAnswer& answer, std::string_view anonymous) {
  const std::string& name = answer.candidate();
  if (name.empty() || !answer.id().starts_with(name + "/")) return answer.id();
  return std::string(anonymous) + answer.id().substr(name.size());
}

std::string SafeName(std::string_view text) {
  constexpr size_t kMaxBytes = 64;
  std::string safe;
  for (const char c : text.substr(0, kMaxBytes)) {
    safe += absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '-';
  }
  if (safe == text && !safe.empty()) return safe;
  return fmt::format("{}{}{}", safe, safe.empty() ? "" : "-", evaluator::FingerprintText(text));
}

absl::Status WalkGrades(const CohortStore& store, WalkOrder order,
                        const std::function<absl::Status(const Graded&)>& visit) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, store.generation());
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement keys, store.db().Prepare(KeysSql(order)));
  RINGSIDE_ASSIGN_OR_RETURN(
      sqlite::Statement row,
      store.db().Prepare("SELECT g.grade, a.answer FROM grades g JOIN answers a ON a.number = g.number"
                         " WHERE g.number = ? AND g.generation = ?"));
  keys.Bind(generation);
  Graded graded;
  while (true) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool more, keys.Step());
    if (!more) return absl::OkStatus();
    const int64_t number = keys.Int(0);
    RINGSIDE_ASSIGN_OR_RETURN(const bool found, row.Bind(number).Bind(generation).Step());
    if (!found || !graded.grade.ParseFromString(row.Text(0)) || !graded.answer.ParseFromString(row.Text(1))) {
      return absl::DataLossError(
          fmt::format("{}: answer {} or its grade cannot be read", store.db().path(), number));
    }
    row.Reset();
    graded.grade.set_id(PublicId(graded.answer, graded.grade.candidate()));
    RINGSIDE_RETURN_IF_ERROR(visit(graded));
  }
}

absl::StatusOr<CandidateTotals> CandidateTotals::Of(const CohortStore& store) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, store.generation());
  RINGSIDE_ASSIGN_OR_RETURN(
      sqlite::Statement rows,
      store.db().Prepare("SELECT candidate, SUM(answers), SUM(errors), COUNT(*), AVG(score) FROM"
                         " (SELECT candidate, question, AVG(score) AS score, COUNT(*) AS answers,"
                         "  SUM(error <> '') AS errors FROM grades WHERE generation = ?"
                         "  GROUP BY candidate, question) GROUP BY candidate ORDER BY candidate"));
  rows.Bind(generation);
  return CandidateTotals(std::move(rows));
}

absl::StatusOr<std::optional<CandidateTotal>> CandidateTotals::Next() {
  RINGSIDE_ASSIGN_OR_RETURN(const bool more, rows_.Step());
  if (!more) return std::nullopt;
  return CandidateTotal{rows_.Text(0), rows_.Int(1), rows_.Int(2), rows_.Int(3), rows_.Real(4)};
}

}  // namespace ringside::cohort
