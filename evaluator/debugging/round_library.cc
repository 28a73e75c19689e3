#include "evaluator/debugging/round_library.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/status_macros.h"
#include "evaluator/debugging/embedded.h"
#include "evaluator/debugging/evidence.h"
#include "evaluator/debugging/recorded.h"
#include "proto/yaml.h"

namespace ringside::evaluator {
namespace {

absl::Status Bad(std::string_view name, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("debugging round {}: {}", name, reason));
}

v1::TheoryQuestion QuestionOf(const v1::DebuggingEntry& entry, const v1::DebuggingRoundSpec& spec) {
  v1::TheoryQuestion question;
  question.set_id("debug/" + entry.name());
  question.set_title(entry.title());
  question.set_prompt("What is the cause, and how do you mend it?");
  question.add_topics("training");
  question.set_level(spec.level());
  question.set_kind(v1::QUESTION_KIND_CONCEPT);
  question.set_time_target_s(300);
  *question.mutable_points() = spec.cause();
  for (const v1::ReferencePoint& point : spec.fix()) *question.add_points() = point;
  *question.mutable_misconceptions() = spec.misconceptions();
  *question.mutable_hints() = spec.hints();
  return question;
}

absl::Status Check(const RoundData& round) {
  const std::string& name = round.entry.name();
  if (round.spec.briefing().empty() || round.spec.cause().empty() || round.spec.fix().empty() ||
      round.spec.path().empty() || round.spec.proof().empty()) {
    return Bad(name, "briefing, path, proof, cause and fix must all be there");
  }
  if (round.spec.hints_size() != 4) return Bad(name, "four hints are needed");
  for (const auto* ids : {&round.spec.path(), &round.spec.proof()}) {
    for (const std::string& id : *ids) {
      if (FindEvidence(id) == nullptr) return Bad(name, fmt::format("no evidence \"{}\"", id));
    }
  }
  for (const std::string_view run : {"planted", "fixed"}) {
    if (FindRun(round.recorded, run) == nullptr)
      return Bad(name, fmt::format("no run \"{}\" was recorded", run));
  }
  if (!round.entry.reference().empty() && FindRun(round.recorded, "reference") == nullptr) {
    return Bad(name, "its reference was not recorded");
  }
  return absl::OkStatus();
}

template <class Message>
absl::StatusOr<std::map<std::string, Message>> ByName(const char* const* texts, std::string_view what) {
  std::map<std::string, Message> messages;
  for (; *texts != nullptr; ++texts) {
    Message message;
    RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(*texts, what, &message));
    std::string name = message.name();
    messages[std::move(name)] = std::move(message);
  }
  return messages;
}

}  // namespace

absl::StatusOr<RoundLibrary> RoundLibrary::Embedded() {
  v1::DebuggingCatalogue catalogue;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(kCatalogueYaml, "catalogue.yaml", &catalogue));
  v1::DebuggingRoundSpecs specs;
  RINGSIDE_RETURN_IF_ERROR(proto::ParseYaml(kSpecsYaml, "specs.yaml", &specs));
  RINGSIDE_ASSIGN_OR_RETURN(auto recorded, ByName<v1::RecordedRound>(kRecordedYaml, "recorded"));
  RINGSIDE_ASSIGN_OR_RETURN(auto scenarios, ByName<v1::Scenario>(kScenarioYaml, "scenario"));
  std::map<std::string, v1::DebuggingRoundSpec> by_name;
  for (const v1::DebuggingRoundSpec& spec : specs.rounds()) by_name[spec.name()] = spec;
  RoundLibrary library;
  for (const v1::DebuggingEntry& entry : catalogue.entries()) {
    RoundData round;
    round.entry = entry;
    round.spec = by_name[entry.name()];
    round.recorded = recorded[entry.name()];
    round.planted = scenarios[entry.name()];
    round.question = QuestionOf(entry, round.spec);
    RINGSIDE_RETURN_IF_ERROR(Check(round));
    library.rounds_.push_back(std::move(round));
  }
  return library;
}

const RoundData* RoundLibrary::Find(std::string_view name) const {
  for (const RoundData& round : rounds_) {
    if (round.entry.name() == name) return &round;
  }
  return nullptr;
}

std::string SettingsText(const v1::Scenario& scenario) {
  v1::Scenario shown = scenario;
  shown.clear_name();
  shown.clear_faults();
  return proto::WriteYaml(shown);
}

}  // namespace ringside::evaluator
