#include "evaluator/cohort/store.h"

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "fmt/format.h"

namespace ringside::cohort {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS answers ("
    "  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, line INTEGER NOT NULL, answer BLOB NOT NULL,"
    "  error TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS grades ("
    "  number INTEGER NOT NULL REFERENCES answers, generation INTEGER NOT NULL, candidate TEXT NOT NULL,"
    "  question TEXT NOT NULL, score REAL NOT NULL, error TEXT NOT NULL, grade BLOB NOT NULL,"
    "  PRIMARY KEY (number, generation)) WITHOUT ROWID;";
constexpr const char* kVersion = "1";

absl::StatusOr<v1::CohortGrade> GradeOf(const sqlite::Statement& row, int column, const std::string& path) {
  v1::CohortGrade grade;
  if (!grade.ParseFromString(row.Text(column))) {
    return absl::DataLossError(fmt::format("{}: a grade in it cannot be read", path));
  }
  return grade;
}

}  // namespace

absl::StatusOr<CohortStore> CohortStore::Open(const std::string& path) {
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Database db, sqlite::Database::Open(path));
  CohortStore store(std::move(db));
  RINGSIDE_RETURN_IF_ERROR(store.db_.Execute(kSchema));
  RINGSIDE_ASSIGN_OR_RETURN(const std::string version, store.Meta("version"));
  if (version.empty()) {
    RINGSIDE_RETURN_IF_ERROR(store.SetMeta("version", kVersion));
    RINGSIDE_RETURN_IF_ERROR(store.SetMeta("generation", "1"));
  } else if (version != kVersion) {
    return absl::FailedPreconditionError(
        fmt::format("{}: was written by another version of this program; choose another folder", path));
  }
  return store;
}

absl::StatusOr<std::string> CohortStore::Meta(std::string_view key) const {
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement select, db_.Prepare("SELECT value FROM meta WHERE key = ?"));
  RINGSIDE_ASSIGN_OR_RETURN(const bool found, select.Bind(key).Step());
  return found ? select.Text(0) : std::string();
}

absl::Status CohortStore::SetMeta(std::string_view key, std::string_view value) {
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement put, db_.Prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)"));
  return put.Bind(key).Bind(value).Run();
}

absl::Status CohortStore::Claim(std::string_view source_fingerprint) {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string before, Meta("source"));
  if (before.empty()) return SetMeta("source", source_fingerprint);
  if (before == source_fingerprint) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "{}: holds the grades of other answers, or the answers have changed since; choose another --out folder",
      db_.path()));
}

absl::Status CohortStore::Add(const std::vector<StoredAnswer>& answers) {
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Transaction transaction, sqlite::Transaction::Begin(db_));
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement there, db_.Prepare("SELECT 1 FROM answers WHERE number = ?"));
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement twin, db_.Prepare("SELECT line FROM answers WHERE id = ?"));
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement insert,
                            db_.Prepare("INSERT INTO answers VALUES (?, ?, ?, ?, ?)"));
  for (const StoredAnswer& stored : answers) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool known, there.Bind(stored.number).Step());
    there.Reset();
    if (known) continue;
    v1::CohortAnswer answer = stored.answer;
    std::string error = stored.error;
    RINGSIDE_ASSIGN_OR_RETURN(const bool twice, twin.Bind(answer.id()).Step());
    if (twice) {
      const int64_t line = twin.Int(0);
      if (error.empty()) {
        error = line > 0 ? fmt::format("id: \"{}\" is that of line {} already", answer.id(), line)
                         : fmt::format("id: \"{}\" came before already", answer.id());
      }
      // A name of its own; somebody else's id may look just like one.
      std::string name = fmt::format("{}#{}", answer.id(), stored.number);
      for (bool taken = true; taken;) {
        twin.Reset();
        RINGSIDE_ASSIGN_OR_RETURN(taken, twin.Bind(name).Step());
        if (taken) name += "#";
      }
      answer.set_id(std::move(name));
    }
    twin.Reset();
    RINGSIDE_RETURN_IF_ERROR(insert.Bind(stored.number)
                                 .Bind(answer.id())
                                 .Bind(int64_t{answer.line()})
                                 .BindBlob(answer.SerializeAsString())
                                 .Bind(error)
                                 .Run());
  }
  return transaction.Commit();
}

absl::StatusOr<bool> CohortStore::complete() const {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string complete, Meta("complete"));
  return complete == "1";
}

absl::Status CohortStore::SetComplete() {
  return SetMeta("complete", "1");
}

absl::StatusOr<int64_t> CohortStore::NumAnswers() const {
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement count, db_.Prepare("SELECT COUNT(*) FROM answers"));
  RINGSIDE_RETURN_IF_ERROR(count.Step().status());
  return count.Int(0);
}

namespace {

absl::StatusOr<StoredAnswer> AnswerOf(const sqlite::Statement& row, const std::string& path) {
  StoredAnswer stored;
  stored.number = row.Int(0);
  if (!stored.answer.ParseFromString(row.Text(1))) {
    return absl::DataLossError(fmt::format("{}: answer {} in it cannot be read", path, stored.number));
  }
  stored.error = row.Text(2);
  return stored;
}

}  // namespace

absl::StatusOr<std::vector<StoredAnswer>> CohortStore::Ungraded(int64_t from, int limit) const {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, this->generation());
  RINGSIDE_ASSIGN_OR_RETURN(
      sqlite::Statement select,
      db_.Prepare("SELECT number, answer, error FROM answers a WHERE number >= ? AND NOT EXISTS"
                  " (SELECT 1 FROM grades g WHERE g.number = a.number AND g.generation = ?)"
                  " ORDER BY number LIMIT ?"));
  select.Bind(from).Bind(generation).Bind(int64_t{limit});
  std::vector<StoredAnswer> answers;
  while (true) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return answers;
    RINGSIDE_ASSIGN_OR_RETURN(answers.emplace_back(), AnswerOf(select, db_.path()));
  }
}

absl::Status CohortStore::ForEachAnswer(const std::function<absl::Status(const StoredAnswer&)>& visit) const {
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement select,
                            db_.Prepare("SELECT number, answer, error FROM answers ORDER BY number"));
  while (true) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    RINGSIDE_ASSIGN_OR_RETURN(const StoredAnswer answer, AnswerOf(select, db_.path()));
    RINGSIDE_RETURN_IF_ERROR(visit(answer));
  }
}

absl::Status CohortStore::Put(const std::vector<NumberedGrade>& grades) {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, this->generation());
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Transaction transaction, sqlite::Transaction::Begin(db_));
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement insert,
                            db_.Prepare("INSERT OR IGNORE INTO grades VALUES (?, ?, ?, ?, ?, ?, ?)"));
  for (const NumberedGrade& numbered : grades) {
    v1::CohortGrade grade = numbered.grade;
    grade.set_revision(static_cast<int32_t>(generation));
    RINGSIDE_RETURN_IF_ERROR(insert.Bind(numbered.number)
                                 .Bind(generation)
                                 .Bind(grade.candidate())
                                 .Bind(grade.question())
                                 .BindReal(grade.score())
                                 .Bind(grade.error())
                                 .BindBlob(grade.SerializeAsString())
                                 .Run());
  }
  return transaction.Commit();
}

absl::StatusOr<int64_t> CohortStore::NumGraded() const {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, this->generation());
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement count,
                            db_.Prepare("SELECT COUNT(*) FROM grades WHERE generation = ?"));
  RINGSIDE_RETURN_IF_ERROR(count.Bind(generation).Step().status());
  return count.Int(0);
}

absl::Status CohortStore::ForEachGrade(
    const std::function<absl::Status(const v1::CohortGrade&)>& visit) const {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, this->generation());
  RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement select,
                            db_.Prepare("SELECT grade FROM grades WHERE generation = ? ORDER BY number"));
  select.Bind(generation);
  while (true) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    RINGSIDE_ASSIGN_OR_RETURN(const v1::CohortGrade grade, GradeOf(select, 0, db_.path()));
    RINGSIDE_RETURN_IF_ERROR(visit(grade));
  }
}

absl::StatusOr<int64_t> CohortStore::generation() const {
  RINGSIDE_ASSIGN_OR_RETURN(const std::string text, Meta("generation"));
  int64_t generation = 0;
  if (!absl::SimpleAtoi(text, &generation) || generation < 1) {
    return absl::DataLossError(fmt::format("{}: \"{}\" is no generation", db_.path(), text));
  }
  return generation;
}

absl::Status CohortStore::BeginRegrade() {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, this->generation());
  return SetMeta("generation", std::to_string(generation + 1));
}

absl::Status CohortStore::MergeFrom(const std::string& path) {
  {
    RINGSIDE_ASSIGN_OR_RETURN(sqlite::Statement attach, db_.Prepare("ATTACH DATABASE ? AS share"));
    RINGSIDE_RETURN_IF_ERROR(attach.Bind(path).Run());
  }
  const absl::Status merged = db_.Execute(
      "BEGIN IMMEDIATE;"
      "INSERT OR IGNORE INTO answers SELECT * FROM share.answers;"
      "INSERT OR IGNORE INTO grades SELECT * FROM share.grades;"
      "COMMIT");
  if (!merged.ok()) db_.Execute("ROLLBACK").IgnoreError();
  RINGSIDE_RETURN_IF_ERROR(db_.Execute("DETACH DATABASE share"));
  return merged;
}

absl::Status CohortStore::ForEachMoved(const std::function<absl::Status(const Moved&)>& visit) const {
  RINGSIDE_ASSIGN_OR_RETURN(const int64_t generation, this->generation());
  RINGSIDE_ASSIGN_OR_RETURN(
      sqlite::Statement select,
      db_.Prepare("SELECT b.grade, a.grade FROM grades a JOIN grades b ON a.number = b.number"
                  " WHERE a.generation = ? AND b.generation = ?"
                  " AND (ABS(a.score - b.score) > 1e-9 OR a.error <> b.error) ORDER BY a.number"));
  select.Bind(generation).Bind(generation - 1);
  while (true) {
    RINGSIDE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    Moved moved;
    RINGSIDE_ASSIGN_OR_RETURN(moved.before, GradeOf(select, 0, db_.path()));
    RINGSIDE_ASSIGN_OR_RETURN(moved.after, GradeOf(select, 1, db_.path()));
    RINGSIDE_RETURN_IF_ERROR(visit(moved));
  }
}

}  // namespace ringside::cohort
