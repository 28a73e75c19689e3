// `ringside interview`: the interview in a terminal, or with a recorded candidate.
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/bank.h"
#include "cli/cohort_designs.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "evaluator/interview/interview.h"
#include "evaluator/interview/ratings.h"
#include "evaluator/interview/report.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/script.h"
#include "evaluator/interview/session_clock.h"
#include "evaluator/interview/session_store.h"
#include "evaluator/interview/text_grader.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/table.h"

namespace ringside::cli {
namespace {

using evaluator::Interview;
using evaluator::SessionStore;

constexpr int kTick_ms = 1000;
constexpr int kTickEvery = 15;  // seconds between two ticks of a quiet candidate

constexpr char kHelp[] =
    "  An answer ends with an empty line. At the beginning of a line:\n"
    "  /hint      what the next hint costs; again: the hint      /easier /harder   another question\n"
    "  /skip      the next question                             /repeat           the question again\n"
    "  /show X    in a run to debug: look at X                  /time             what is left of this part\n"
    "  /pause     stop the clock                                /end              end, with the scorecard\n"
    "  /quit      leave; --resume goes on later\n";

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int64_t NowUnixS() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

// What an interview draws on, and keeps alive.
struct Sources {
  evaluator::Bank bank;
  evaluator::RoundLibrary rounds;
  evaluator::AnswerGrader grader = evaluator::TextGrader();
  // Plans are simulated: an interview waits for nothing that takes minutes.
  evaluator::DesignRounds designs{bank};
  std::shared_ptr<CohortDesigns> judge;
  evaluator::InterviewContext context() const {
    return {&bank, &rounds, grader, &designs,
            [judge = judge](const v1::DesignQuestion& question, const v1::DesignAnswer& answer) {
              return judge->Grade(question, answer);
            }};
  }
};

absl::StatusOr<Sources> LoadSources(const InterviewOptions& options) {
  RINGSIDE_ASSIGN_OR_RETURN(evaluator::Bank bank, BankOf(options.bank));
  RINGSIDE_ASSIGN_OR_RETURN(evaluator::RoundLibrary rounds, evaluator::RoundLibrary::Embedded());
  Sources sources{std::move(bank), std::move(rounds)};
  sources.judge = std::make_shared<CohortDesigns>(options.profile);
  return sources;
}

absl::StatusOr<v1::InterviewSetup> SetupOf(const InterviewOptions& options, const SessionStore& store) {
  v1::InterviewSetup setup;
  const bool recorded = !options.script.empty();  // the same every time
  setup.set_started_unix_s(recorded ? 0 : NowUnixS());
  setup.set_seed(options.seed >= 0 ? static_cast<uint64_t>(options.seed)
                                   : static_cast<uint64_t>(setup.started_unix_s()));
  setup.set_candidate(options.name);
  setup.set_role(options.role);
  v1::InterviewMode mode = v1::INTERVIEW_MODE_FULL;
  if (!v1::InterviewMode_Parse("INTERVIEW_MODE_" + absl::AsciiStrToUpper(options.mode), &mode)) {
    return absl::InvalidArgumentError(
        fmt::format("--mode {}: there are full, diagnostic and rapid_fire", options.mode));
  }
  setup.set_mode(mode);
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  if (!options.level.empty() && !v1::Level_Parse("LEVEL_" + absl::AsciiStrToUpper(options.level), &level)) {
    return absl::InvalidArgumentError(
        fmt::format("--level {}: there are foundation, core and advanced", options.level));
  }
  setup.set_level(level);
  for (const std::string& topic : options.topics) setup.add_topics(topic);
  setup.set_debugging_round(options.round);
  if (recorded) {
    setup.set_id("recorded");
  } else {
    setup.set_id(fmt::format("s{}", setup.started_unix_s()));
    for (int i = 2; store.Load(setup.id()).ok(); ++i)
      setup.set_id(fmt::format("s{}-{}", setup.started_unix_s(), i));
    for (const std::string& id : evaluator::GapsOf(store, options.name).asked) setup.add_asked_before(id);
  }
  for (const std::string& focus : options.focus) {
    if (focus != "gaps") {
      setup.add_focus(focus);
      continue;
    }
    const evaluator::Gaps gaps = evaluator::GapsOf(store, options.name);
    if (gaps.topics.empty()) {
      return absl::NotFoundError(
          fmt::format("--focus gaps: no earlier interview of \"{}\" that ended left any; "
                      "--history lists them",
                      options.name));
    }
    for (const std::string& topic : gaps.topics) setup.add_focus(topic);
  }
  return setup;
}

void PrintTurns(const Output& output, const std::vector<v1::InterviewTurn>& turns) {
  for (const v1::InterviewTurn& turn : turns) {
    if (turn.kind() == "closing") output.Print("\n" + turn.text() + "\n");
    if (turn.kind() != "closing") output.Print(fmt::format("\nInterviewer: {}\n", turn.text()));
  }
}

// What was said so far, for one who comes back.
void PrintLast(const Output& output, const v1::InterviewSession& session) {
  output.Print(fmt::format("Going on after {}.\n", evaluator::MinutesText(session.active_ms())));
  if (session.open()) {
    output.Print(fmt::format("\nInterviewer: {}\n", session.asked().rbegin()->parts().rbegin()->prompt()));
  }
}

// "/hint", ...: nullopt where the line is none of the interview's.
std::optional<v1::InterviewEvent> CommandOf(std::string_view line) {
  v1::InterviewEvent event;
  std::string_view verb =
      line.substr(1, line.find(' ') == std::string_view::npos ? std::string_view::npos : line.find(' ') - 1);
  if (verb == "show") verb = "evidence";
  event.set_kind(evaluator::EventKindOf(verb));
  const bool known = event.kind() != v1::INTERVIEW_EVENT_KIND_UNSPECIFIED &&
                     event.kind() != v1::INTERVIEW_EVENT_KIND_TICK &&
                     event.kind() != v1::INTERVIEW_EVENT_KIND_SAY;
  if (!known) return std::nullopt;
  if (const size_t blank = line.find(' '); blank != std::string_view::npos)
    event.set_text(std::string(line.substr(blank + 1)));
  return event;
}

class Terminal {
 public:
  Terminal(const Output& output, const SessionStore& store, Interview interview)
      : output_(output), store_(store), interview_(std::move(interview)) {}

  // Until the interview has ended or the candidate has left.
  absl::Status Talk() {
    Interrupt interrupt;
    RINGSIDE_RETURN_IF_ERROR(store_.Save(interview_.session()));
    output_.Print("\n(An answer ends with an empty line; /help lists the commands.)\n");
    int quiet_s = 0;
    std::string said;
    while (!interview_.session().ended() && !left_) {
      std::string line;
      const LineReader::Event event = reader_.Next(kTick_ms, &line);
      if (interrupt.requested()) {
        left_ = true;
        return absl::CancelledError(
            fmt::format("left; `ringside interview --resume {}` goes on", interview_.session().setup().id()));
      }
      if (event == LineReader::Event::kEnd) {
        if (!said.empty()) RINGSIDE_RETURN_IF_ERROR(Say(&said));
        left_ = !interview_.session().ended();
        break;
      }
      if (event == LineReader::Event::kTimeout) {
        if (++quiet_s % kTickEvery == 0) RINGSIDE_RETURN_IF_ERROR(Do(v1::INTERVIEW_EVENT_KIND_TICK));
        continue;
      }
      if (line.starts_with('/')) {
        RINGSIDE_RETURN_IF_ERROR(Command(line));
      } else if (!line.empty()) {
        // One byte more than counts is enough to be told so.
        if (said.size() <= evaluator::kMaxTextBytes) said += (said.empty() ? "" : "\n") + line;
      } else if (!said.empty()) {
        RINGSIDE_RETURN_IF_ERROR(Say(&said));
      }
    }
    return absl::OkStatus();
  }

  const v1::InterviewSession& session() const { return interview_.session(); }

 private:
  absl::Status Handle(v1::InterviewEvent event) {
    event.set_at_ms(NowMs());
    PrintTurns(output_, interview_.Handle(event));
    return store_.Save(interview_.session());
  }
  absl::Status Do(v1::InterviewEventKind kind) {
    v1::InterviewEvent event;
    event.set_kind(kind);
    return Handle(event);
  }
  absl::Status Say(std::string* said) {
    v1::InterviewEvent event;
    event.set_kind(v1::INTERVIEW_EVENT_KIND_SAY);
    event.set_text(*said);
    said->clear();
    return Handle(event);
  }
  absl::Status Command(const std::string& line) {
    if (line == "/quit") {
      left_ = true;
      return absl::OkStatus();
    }
    if (line == "/time") {
      RINGSIDE_RETURN_IF_ERROR(Do(v1::INTERVIEW_EVENT_KIND_TICK));
      const int64_t left_ms = std::max<int64_t>(0, evaluator::PhaseLeftMs(interview_.session()));
      output_.Print(fmt::format("  {} left of \"{}\"\n", evaluator::MinutesText(left_ms),
                                interview_.session().phases(interview_.session().phase()).title()));
      return absl::OkStatus();
    }
    if (const auto event = CommandOf(line)) return Handle(*event);
    output_.Print(kHelp);
    return absl::OkStatus();
  }

  const Output& output_;
  const SessionStore& store_;
  Interview interview_;
  LineReader reader_;
  bool left_ = false;
};

absl::Status WriteResults(const InterviewOptions& options, const Output& output,
                          const evaluator::InterviewContext& context, const v1::InterviewSession& session) {
  output.Print("\n" + evaluator::ScorecardText(session.scorecard()));
  if (!options.html.empty())
    RINGSIDE_RETURN_IF_ERROR(WriteFile(options.html, evaluator::ScorecardHtml(context, session)));
  if (!options.transcript.empty())
    RINGSIDE_RETURN_IF_ERROR(WriteFile(options.transcript, evaluator::TranscriptText(session)));
  return output.WriteJson(nlohmann::json::parse(evaluator::ScorecardJson(session)));
}

int History(const InterviewOptions& options, const Output& output, const SessionStore& store) {
  trace::Table table;
  table.Column("session", trace::Table::Align::kLeft)
      .Column("date", trace::Table::Align::kLeft)
      .Column("candidate", trace::Table::Align::kLeft);
  table.Column("kind", trace::Table::Align::kLeft)
      .Column("questions")
      .Column("score")
      .Column("weak topics", trace::Table::Align::kLeft);
  nlohmann::json document = nlohmann::json::array();
  for (const v1::SessionSummary& summary : store.List(options.name)) {
    const std::string mode = absl::AsciiStrToLower(v1::InterviewMode_Name(summary.mode()).substr(15));
    table.Row({summary.session(), evaluator::DateText(summary.started_unix_s()), summary.candidate(), mode,
               fmt::format("{}", summary.questions()),
               summary.ended() ? fmt::format("{}", evaluator::Percent(summary.score())) : "open",
               absl::StrJoin(summary.weak_topics(), " ")});
    document.push_back({{"session", summary.session()},
                        {"candidate", summary.candidate()},
                        {"mode", mode},
                        {"ended", summary.ended()},
                        {"score", summary.score()},
                        {"questions", summary.questions()},
                        {"started_unix_s", summary.started_unix_s()},
                        {"weak_topics", std::vector<std::string>(summary.weak_topics().begin(),
                                                                 summary.weak_topics().end())}});
  }
  output.Print(document.empty() ? fmt::format("no interviews in {}\n", store.directory()) : table.Text());
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

absl::StatusOr<v1::InterviewSession> PlayScript(const InterviewOptions& options,
                                                const evaluator::InterviewContext& context,
                                                const v1::InterviewSetup& setup, const Output& output) {
  std::ifstream in(options.script, std::ios::binary);
  if (!in) return absl::NotFoundError(fmt::format("{}: cannot be read", options.script));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  RINGSIDE_ASSIGN_OR_RETURN(const auto script, evaluator::ParseScript(text, options.script));
  RINGSIDE_ASSIGN_OR_RETURN(const Interview interview, evaluator::Play(context, setup, script));
  output.Print(evaluator::TranscriptText(interview.session()));
  return interview.session();
}

}  // namespace

int InterviewCommand(const InterviewOptions& options) {
  const Output output(options.json);
  const SessionStore store(options.data_dir.empty() ? DefaultDataDir() : options.data_dir);
  if (options.history) return History(options, output, store);
  const auto sources = LoadSources(options);
  if (!sources.ok()) return Fail(sources.status());
  const evaluator::InterviewContext context = sources->context();

  absl::StatusOr<v1::InterviewSession> session = v1::InterviewSession();
  if (!options.show.empty()) {
    session = store.Load(options.show);
    if (session.ok() && !session->ended())
      session = absl::FailedPreconditionError(
          fmt::format("{} has not ended; --resume goes on with it", options.show));
  } else if (!options.script.empty()) {
    const auto setup = SetupOf(options, store);
    if (!setup.ok()) return Fail(setup.status());
    session = PlayScript(options, context, *setup, output);
  } else {
    absl::StatusOr<Interview> interview = absl::UnknownError("");
    if (!options.resume.empty()) {
      auto kept = store.Load(options.resume);
      if (!kept.ok()) return Fail(kept.status());
      if (kept->ended())
        return Fail(absl::FailedPreconditionError(
            fmt::format("{} has ended; --show prints its scorecard", options.resume)));
      interview = Interview::Continue(context, *std::move(kept), NowMs());
      if (interview.ok()) PrintLast(output, interview->session());
    } else {
      const auto setup = SetupOf(options, store);
      if (!setup.ok()) return Fail(setup.status());
      interview = Interview::Start(context, *setup, NowMs());
      if (interview.ok())
        PrintTurns(output, {interview->session().turns().begin(), interview->session().turns().end()});
    }
    if (!interview.ok()) return Fail(interview.status());
    Terminal terminal(output, store, *std::move(interview));
    if (absl::Status talked = terminal.Talk(); !talked.ok()) return Fail(talked);
    if (!terminal.session().ended()) {
      output.Print(fmt::format("\nKept; `ringside interview --resume {}` goes on.\n",
                               terminal.session().setup().id()));
      return kExitOk;
    }
    session = terminal.session();
  }
  if (!session.ok()) return Fail(session.status());
  if (absl::Status written = WriteResults(options, output, context, *session); !written.ok())
    return Fail(written);
  return kExitOk;
}

}  // namespace ringside::cli
