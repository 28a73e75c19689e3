// `ringside debug`: one debugging round, in a terminal or with a recorded candidate.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "cli/profile_location.h"
#include "cli/scenario_file.h"
#include "cli/scenario_run.h"
#include "evaluator/debugging/catalogue.h"
#include "evaluator/debugging/evidence_text.h"
#include "evaluator/debugging/round.h"
#include "evaluator/design/text.h"
#include "evaluator/interview/rules.h"
#include "evaluator/interview/script.h"
#include "evaluator/interview/text_grader.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "trace/table.h"

namespace ringside::cli {
namespace {

using evaluator::RoundData;
using evaluator::RoundLibrary;

constexpr int kWaitMs = 60'000;

int List(const RoundLibrary& library, const Output& output) {
  nlohmann::json document = nlohmann::json::array();
  std::string text;
  for (size_t i = 0; i < library.rounds().size(); ++i) {
    const RoundData& round = library.rounds()[i];
    text += fmt::format("{:>3}  {}\n", i + 1, round.spec.briefing());
    document.push_back({{"number", i + 1},
                        {"briefing", round.spec.briefing()},
                        {"measured_on", round.recorded.measured_on()}});
  }
  output.Print(text);
  if (absl::Status written = output.WriteJson(document); !written.ok()) return Fail(written);
  return kExitOk;
}

// A number of the list, which gives nothing away, or a name of the catalogue.
absl::StatusOr<const RoundData*> Find(const RoundLibrary& library, const std::string& name) {
  int number = 0;
  if (absl::SimpleAtoi(name, &number) && number >= 1 && number <= static_cast<int>(library.rounds().size())) {
    return &library.rounds()[static_cast<size_t>(number - 1)];
  }
  if (const RoundData* round = library.Find(name); round != nullptr) return round;
  return absl::NotFoundError(
      fmt::format("no debugging round \"{}\"; --list shows 1 to {}", name, library.rounds().size()));
}

// The round as a conversation; says nothing of its own.
class Dialogue {
 public:
  explicit Dialogue(const RoundData& round) : round_(round), grader_(evaluator::TextGrader()) {
    state_.set_name(round.entry.name());
  }

  std::string Say(const std::string& text) {
    const auto kinds = evaluator::EvidenceAskedFor(text);
    const bool fix = fix_asked_ && kinds.empty();
    if (evaluator::AsksToSee(text) && !fix) {
      if (kinds.empty()) return "You can look at any of these:\n" + evaluator::EvidenceMenu();
      return evaluator::ShowEvidence(round_, kinds, 0, &state_).text;
    }
    diagnosis_ += (diagnosis_.empty() ? "" : "\n") + text;
    if (!fix_asked_ && !evaluator::NamesFix(round_, grader_(round_.question, diagnosis_))) {
      fix_asked_ = true;
      return "And how do you mend it?\n";
    }
    evaluator::Diagnose(round_, diagnosis_, grader_, &state_);
    return "";
  }
  // The first time what it costs, then the hint, as in an interview.
  std::string Hint() {
    if (hints_ >= std::min(round_.spec.hints_size(), evaluator::kHintLevels))
      return "There is no further hint.\n";
    if (!offered_) {
      offered_ = true;
      return fmt::format("The next hint costs {:.0f} % of what cause and fix earn. Ask again to see it.\n",
                         evaluator::kHintPrices[hints_] * 100);
    }
    offered_ = false;
    return round_.spec.hints(hints_++) + "\n";
  }
  void End() { evaluator::Diagnose(round_, diagnosis_, grader_, &state_); }
  // Hints reckoned in, once it is over.
  v1::DebuggingRoundState Result() const {
    v1::DebuggingRoundState result = state_;
    const double price = hints_ == 0 ? 0 : evaluator::kHintPrices[hints_ - 1];
    result.set_score(state_.score() - evaluator::kDiagnosisShare * evaluator::Found(round_, state_) * price);
    if (hints_ > 0) result.add_notes(fmt::format("Took {} of {} hints.", hints_, round_.spec.hints_size()));
    return result;
  }
  const v1::DebuggingRoundState& state() const { return state_; }

 private:
  const RoundData& round_;
  const evaluator::AnswerGrader grader_;
  v1::DebuggingRoundState state_;
  std::string diagnosis_;
  bool fix_asked_ = false;
  int hints_ = 0;
  bool offered_ = false;
};

void Talk(const Output& output, Dialogue* dialogue) {
  output.Print(
      "\n(Ask to see something, or name cause and fix. /menu lists what there is, /hint helps, /end gives "
      "up.)\n");
  LineReader reader;
  while (!dialogue->state().done()) {
    std::string line;
    const LineReader::Event event = reader.Next(kWaitMs, &line);
    if (event == LineReader::Event::kTimeout || (event == LineReader::Event::kLine && line.empty())) continue;
    if (event == LineReader::Event::kEnd || line == "/end") return dialogue->End();
    output.Print(line == "/hint"   ? dialogue->Hint()
                 : line == "/menu" ? evaluator::EvidenceMenu()
                                   : dialogue->Say(line));
  }
}

absl::Status PlayScript(const std::string& path, const Output& output, Dialogue* dialogue) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  RINGSIDE_ASSIGN_OR_RETURN(const auto script, evaluator::ParseScript(text, path));
  for (const v1::InterviewEvent& event : script) {
    if (dialogue->state().done()) break;
    if (event.kind() == v1::INTERVIEW_EVENT_KIND_END) break;
    const bool hint = event.kind() == v1::INTERVIEW_EVENT_KIND_HINT;
    const bool says =
        event.kind() == v1::INTERVIEW_EVENT_KIND_SAY || event.kind() == v1::INTERVIEW_EVENT_KIND_EVIDENCE;
    if (!hint && !says) continue;  // only an interview knows the others
    output.Print(fmt::format("> {}\n", evaluator::Printable(hint ? "(hint)" : event.text(), 2000)));
    output.Print(hint ? dialogue->Hint() : dialogue->Say(event.text()));
  }
  if (!dialogue->state().done()) dialogue->End();
  return absl::OkStatus();
}

// Both runs again, for real on this machine, and the figures that prove the mistake.
absl::StatusOr<std::string> RunAgain(const DebugOptions& options, const RoundData& round) {
  const std::string folder = options.source + "/scenarios/debug/";
  Progress progress;
  Interrupt interrupt;
  RINGSIDE_ASSIGN_OR_RETURN(const auto cluster, Cluster::Open({"", &progress, &interrupt, {}}));
  const auto run = [&](const std::string& name) -> absl::StatusOr<v1::Trace> {
    RINGSIDE_ASSIGN_OR_RETURN(CompiledScenario compiled, LoadScenario(folder + name + ".yaml"));
    RINGSIDE_ASSIGN_OR_RETURN(const ChosenProfile profile, ChooseProfile(options.profile));
    RINGSIDE_ASSIGN_OR_RETURN(ScenarioRun done,
                              RunScenario(std::move(compiled), profile, *cluster, options.out + "/" + name));
    return std::move(done.trace);
  };
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace planted, run(round.entry.name()));
  RINGSIDE_ASSIGN_OR_RETURN(const v1::Trace fixed, run(round.entry.name() + "-fixed"));
  v1::Trace reference;
  if (!round.entry.reference().empty()) {
    RINGSIDE_ASSIGN_OR_RETURN(reference, run(round.entry.reference()));
  }
  progress.Clear();
  std::string text = "\nrun again on this machine\n";
  for (const v1::Proof& proof : round.entry.proofs()) {
    const v1::Trace* other = round.entry.reference().empty() ? nullptr : &reference;
    RINGSIDE_ASSIGN_OR_RETURN(const double with, evaluator::Measure(proof, planted, other));
    RINGSIDE_ASSIGN_OR_RETURN(const double without, evaluator::Measure(proof, fixed, other));
    text += fmt::format("    {:<24} as given {:>9.3g}   mended {:>9.3g}\n", proof.figure(), with, without);
  }
  return text;
}

}  // namespace

int Debug(const DebugOptions& options) {
  const Output output(options.json);
  const auto library = RoundLibrary::Embedded();
  if (!library.ok()) return Fail(library.status());
  if (options.list || options.round.empty()) return List(*library, output);
  const auto round = Find(*library, options.round);
  if (!round.ok()) return Fail(round.status());
  Dialogue dialogue(**round);
  output.Print(evaluator::Briefing(**round));
  if (options.script.empty()) {
    Talk(output, &dialogue);
  } else if (absl::Status played = PlayScript(options.script, output, &dialogue); !played.ok()) {
    return Fail(played);
  }
  const v1::DebuggingRoundState result = dialogue.Result();
  output.Print("\n" + evaluator::VerdictText(**round, result));
  if (options.run) {
    const auto again = RunAgain(options, **round);
    if (!again.ok()) return Fail(again.status());
    output.Print(*again);
  }
  if (absl::Status written = output.WriteJson(nlohmann::json::parse(evaluator::VerdictJson(**round, result)));
      !written.ok()) {
    return Fail(written);
  }
  return kExitOk;
}

}  // namespace ringside::cli
