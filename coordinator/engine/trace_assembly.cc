#include "coordinator/engine/trace_assembly.h"

#include <map>

#include "plan/program_proto.h"

namespace ringside::coordinator {
namespace {

void JoinParams(v1::RankTrace& rank) {
  std::map<int32_t, v1::ParamValues*> first_of;
  google::protobuf::RepeatedPtrField<v1::ParamValues> joined;
  for (v1::ParamValues& piece : *rank.mutable_params()) {
    const auto [it, is_first] = first_of.try_emplace(piece.param(), nullptr);
    if (is_first) {
      it->second = joined.Add();
      *it->second = std::move(piece);
    } else {
      it->second->MergeFrom(piece);
    }
  }
  rank.mutable_params()->Swap(&joined);
}

}  // namespace

v1::Trace AssembleTrace(const Work& work, std::vector<v1::RankTrace> ranks, v1::Environment environment,
                        const std::string& launcher_note) {
  v1::Trace trace;
  trace.set_origin(v1::ORIGIN_MEASURED);
  if (work.has_scenario) *trace.mutable_scenario() = work.scenario;
  for (const plan::Program& program : work.programs) *trace.add_programs() = plan::ToProto(program);
  for (v1::RankTrace& rank : ranks) {
    JoinParams(rank);
    *trace.add_ranks() = std::move(rank);
  }
  *trace.mutable_environment() = std::move(environment);
  if (!launcher_note.empty()) trace.mutable_environment()->add_notes(launcher_note);
  return trace;
}

}  // namespace ringside::coordinator
