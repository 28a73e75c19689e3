#include "evaluator/debugging/catalogue.h"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/yaml.h"
#include "trace/summary.h"
#include "trace/symptoms.h"

namespace ringside::evaluator {
namespace {

absl::Status Bad(const v1::DebuggingEntry& entry, std::string_view reason) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", entry.name(), reason));
}

absl::Status Check(const v1::DebuggingEntry& entry) {
  if (entry.name().empty()) return absl::InvalidArgumentError("an entry has no name");
  if (entry.title().empty() || entry.symptom().empty() || entry.cause().empty() || entry.fix().empty() ||
      entry.checks().empty()) {
    return Bad(entry, "title, symptom, cause, checks and fix must all be there");
  }
  if (entry.proofs().empty()) return Bad(entry, "nothing proves it");
  if (entry.changed().empty()) return Bad(entry, "the mended run differs in nothing");
  bool compares = false;
  for (const v1::Proof& proof : entry.proofs()) {
    const trace::Figure* figure = trace::FindFigure(proof.figure());
    if (figure == nullptr) return Bad(entry, fmt::format("no figure \"{}\"", proof.figure()));
    if (!(proof.at_most_if_fixed() < proof.at_least())) {
      return Bad(entry, fmt::format("{}: at_most_if_fixed is not below at_least", proof.figure()));
    }
    compares |= figure->needs_reference;
  }
  if (compares && entry.reference().empty()) return Bad(entry, "its figure needs a reference");
  if (!compares && !entry.reference().empty()) return Bad(entry, "nothing compares with the reference");
  return absl::OkStatus();
}

// "model.init_std", "faults": the paths in which the scenarios differ, without indices.
class DifferingFields : public google::protobuf::util::MessageDifferencer::Reporter {
 public:
  using Path = std::vector<google::protobuf::util::MessageDifferencer::SpecificField>;

  void ReportAdded(const google::protobuf::Message&, const google::protobuf::Message&,
                   const Path& path) override {
    Add(path);
  }
  void ReportDeleted(const google::protobuf::Message&, const google::protobuf::Message&,
                     const Path& path) override {
    Add(path);
  }
  void ReportModified(const google::protobuf::Message&, const google::protobuf::Message&,
                      const Path& path) override {
    // A message that holds a change is reported, too, after the change itself.
    if (path.back().field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) Add(path);
  }
  const std::set<std::string>& fields() const { return fields_; }

 private:
  void Add(const Path& path) {
    std::string name;
    for (const auto& step : path) name += (name.empty() ? "" : ".") + step.field->name();
    fields_.insert(name);
  }
  std::set<std::string> fields_;
};

absl::Status CheckChange(const v1::DebuggingEntry& entry, v1::Scenario planted, v1::Scenario fixed) {
  planted.clear_name(), fixed.clear_name();
  DifferingFields differing;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesTo(&differing);
  differencer.Compare(planted, fixed);
  if (differing.fields() == std::set<std::string>(entry.changed().begin(), entry.changed().end())) {
    return absl::OkStatus();
  }
  return Bad(entry, fmt::format("the two runs differ in {}, not as `changed` says",
                                fmt::join(differing.fields(), ", ")));
}

// "at least 3.5 (mended: at most 1.1)".
std::string Limits(const v1::Proof& proof) {
  return fmt::format("at least {:g}; mended, at most {:g}", proof.at_least(), proof.at_most_if_fixed());
}

}  // namespace

absl::StatusOr<DebuggingCatalogue> DebuggingCatalogue::Load(const std::string& folder) {
  v1::DebuggingCatalogue catalogue;
  RINGSIDE_RETURN_IF_ERROR(proto::ReadYamlFile(folder + "/catalogue.yaml", &catalogue));
  std::set<std::string> names;
  for (const v1::DebuggingEntry& entry : catalogue.entries()) {
    RINGSIDE_RETURN_IF_ERROR(Check(entry));
    if (!names.insert(entry.name()).second) return Bad(entry, "is there twice");
  }
  return DebuggingCatalogue(folder, std::move(catalogue));
}

absl::StatusOr<DebuggingCatalogue::Runs> DebuggingCatalogue::RunsOf(const v1::DebuggingEntry& entry) const {
  const auto path = [this](const std::string& name) { return folder_ + "/" + name + ".yaml"; };
  Runs runs;
  RINGSIDE_RETURN_IF_ERROR(proto::ReadYamlFile(path(entry.name()), &runs.planted));
  RINGSIDE_RETURN_IF_ERROR(proto::ReadYamlFile(path(entry.name() + "-fixed"), &runs.fixed));
  runs.has_reference = !entry.reference().empty();
  if (runs.has_reference)
    RINGSIDE_RETURN_IF_ERROR(proto::ReadYamlFile(path(entry.reference()), &runs.reference));
  RINGSIDE_RETURN_IF_ERROR(CheckChange(entry, runs.planted, runs.fixed));
  return runs;
}

absl::StatusOr<double> Measure(const v1::Proof& proof, const v1::Trace& trace, const v1::Trace* reference) {
  const trace::Figure* figure = trace::FindFigure(proof.figure());
  if (figure == nullptr) return absl::InvalidArgumentError(fmt::format("no figure \"{}\"", proof.figure()));
  if (figure->needs_reference && reference == nullptr) {
    return absl::InvalidArgumentError(fmt::format("{} needs a reference", proof.figure()));
  }
  RINGSIDE_ASSIGN_OR_RETURN(const trace::RunSummary run, trace::Summarize(trace));
  if (!figure->needs_reference) return figure->of({&trace, &run, nullptr});
  RINGSIDE_ASSIGN_OR_RETURN(const trace::RunSummary other, trace::Summarize(*reference));
  return figure->of({&trace, &run, &other});
}

std::string ToMarkdown(const v1::DebuggingEntry& entry) {
  std::string text = fmt::format("## {}\n\n", entry.title());
  text += fmt::format("`scenarios/debug/{0}.yaml`; mended, `{0}-fixed.yaml` ({1})", entry.name(),
                      fmt::join(entry.changed(), ", "));
  if (!entry.reference().empty()) text += fmt::format("; compared with `{}.yaml`", entry.reference());
  text += fmt::format("\n\n**Symptom.** {}\n\n**Cause.** {}\n\n**Proof.**", entry.symptom(), entry.cause());
  for (const v1::Proof& proof : entry.proofs()) {
    const trace::Figure* figure = trace::FindFigure(proof.figure());
    text += fmt::format(" `{}` ({}) is {}.", proof.figure(),
                        figure == nullptr ? "unknown" : figure->definition, Limits(proof));
  }
  if (entry.simulated()) text += " Simulated where virtual nodes cannot be had.";
  text += "\n\n**Checks, in this order.**\n\n";
  int number = 0;
  for (const std::string& check : entry.checks()) text += fmt::format("{}. {}\n", ++number, check);
  text += fmt::format("\n**Fix.** {}\n", entry.fix());
  return text;
}

}  // namespace ringside::evaluator
