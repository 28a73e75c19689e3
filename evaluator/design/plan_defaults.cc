#include "evaluator/design/plan_defaults.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "sim/catalogue/catalogue.h"
#include "sim/cost/gpu_cluster.h"

namespace ringside::evaluator {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A singular field's value as YAML has it; empty: not given.
std::string ValueOf(const Message& message, const FieldDescriptor* field) {
  if (!message.GetReflection()->HasField(message, field)) return "";
  const auto* reflection = message.GetReflection();
  std::string text;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      text = fmt::to_string(reflection->GetInt32(message, field));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      text = fmt::format("{:g}", reflection->GetDouble(message, field));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      text = reflection->GetBool(message, field) ? "true" : "false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      text = reflection->GetEnum(message, field)->name();
      text.erase(0, text.find('_') + 1);
      std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
      break;
    }
    default:
      break;
  }
  return text;
}

// What is set in `fixed` and repeats nothing must be the same in the plan, or becomes so.
absl::Status Fix(const v1::ParallelPlan& fixed, v1::ParallelPlan* plan) {
  const auto* descriptor = fixed.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->is_repeated()) continue;
    const std::string wanted = ValueOf(fixed, field), given = ValueOf(*plan, field);
    if (wanted.empty() || given.empty() || wanted == given) continue;
    return absl::InvalidArgumentError(
        fmt::format("plan.{}: {}, where the question fixes {}", std::string(field->name()), given, wanted));
  }
  v1::ParallelPlan merged = fixed;
  merged.clear_overlap();
  plan->MergeFrom(merged);
  if (fixed.overlap_size() > 0) *plan->mutable_overlap() = fixed.overlap();
  return absl::OkStatus();
}

}  // namespace

bool IsOnCatalogue(const v1::ClusterSpec& cluster) {
  return sim::InCatalogue(sim::BuiltInCatalogue(), cluster);
}

absl::StatusOr<v1::ParallelPlan> Completed(const v1::DesignQuestion& question, v1::ParallelPlan plan) {
  const v1::DesignConstraints& constraints = question.constraints();
  if (constraints.has_fixed()) {
    if (absl::Status fixed = Fix(constraints.fixed(), &plan); !fixed.ok()) return fixed;
  }
  if (constraints.precisions_size() > 0) {
    const auto& allowed = constraints.precisions();
    if (!plan.has_precision()) plan.set_precision(static_cast<v1::Precision>(allowed[0]));
    if (std::find(allowed.begin(), allowed.end(), plan.precision()) == allowed.end()) {
      return absl::InvalidArgumentError("plan.precision: is not one that the question allows");
    }
  }
  if (!IsOnCatalogue(question.cluster())) return plan;
  if (plan.overlap_size() == 0) {
    plan.add_overlap(v1::OVERLAP_GRAD_REDUCE);
    plan.add_overlap(v1::OVERLAP_PARAM_GATHER);
  }
  if (!plan.has_bucket_mib()) plan.set_bucket_mib(kGpuBucketMib);
  return plan;
}

}  // namespace ringside::evaluator
