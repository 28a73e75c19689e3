// Whatever is given of a cluster, a device profile or a fault is used: every scalar field is changed, by
// reflection, and the prediction or the error must change with it. A field that is read by nobody would be
// found here, and one that is added without a use. The exceptions are listed with their reasons.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <regex>
#include <set>

#include "plan/testing.h"
#include "tests/oracles/random_scenario.h"

namespace ringside::oracles {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// -- what is given: everything that there is

void AddLaw(const char* kind, double overhead_ns, double ns_per_byte, double ns_per_flop, double contention,
            v1::DeviceProfile* profile) {
  v1::KernelLaw& law = *profile->add_kernels();
  law.set_kind(kind);
  law.set_overhead_ns(overhead_ns);
  law.set_ns_per_byte(ns_per_byte);
  law.set_ns_per_flop(ns_per_flop);
  law.set_residual(0.1);
  law.set_contention(contention);
}

void AddLink(const char* link, const char* kind, int ranks, int ranks_per_node, double alpha_ns, double beta,
             v1::DeviceProfile* profile) {
  v1::LinkLaw& law = *profile->add_links();
  law.set_link(link);
  law.set_kind(kind);
  law.set_ranks(ranks);
  law.set_ranks_per_node(ranks_per_node);
  law.set_alpha_ns(alpha_ns);
  law.set_beta_ns_per_byte(beta);
  law.set_residual(0.1);
}

v1::DeviceProfile Profile() {
  v1::DeviceProfile profile;
  profile.set_version(sim::kProfileVersion);
  profile.set_name("name");
  profile.set_measured_on("a day");
  profile.set_machine("a machine");
  profile.add_notes("a note");
  profile.set_cores_per_node(3);
  profile.set_memory_contention(1.6);
  profile.set_compute_contention(1.2);
  profile.set_op_overhead_ns(400);
  profile.set_wakeup_ns(3000);
  profile.set_oversubscribed_wakeup_ns(9000);
  profile.set_poll_weight(0.3);
  profile.set_gemm_gflops(80);
  profile.set_memory_gbps(15);
  AddLaw("gemm", 2000, 0.02, 0.0125, 1, &profile);
  AddLaw("gemm_gelu", 200, 0.3, 0.001, 1, &profile);
  AddLaw("gemm_accumulate", 100, 0.2, 0.001, 1, &profile);
  AddLaw("attention", 30, 0.5, 0.05, 1.3, &profile);
  AddLaw("layer_norm", 700, 0.2, 0.01, 1.7, &profile);
  AddLaw("memory_bound", 500, 0.1, 0.003, 0, &profile);
  for (const bool trans_a : {false, true}) {
    for (const bool trans_b : {false, true}) {
      if (trans_a && trans_b) continue;  // no op has such a product
      for (const int64_t size : {16, 200}) {
        v1::GemmPoint& point = *profile.add_gemm();
        point.set_trans_a(trans_a), point.set_trans_b(trans_b);
        point.set_m(size), point.set_n(2 * size), point.set_k(size + 8);
        point.set_ns(2000 + 0.1 * static_cast<double>(size * size * size));
      }
    }
  }
  AddLink("intra_node", "all_reduce", 2, 8, 3000, 0.2, &profile);
  AddLink("intra_node", "all_reduce", 4, 8, 5000, 0.4, &profile);
  AddLink("inter_node", "send", 2, 8, 24000, 1.5, &profile);
  AddLink("inter_node", "all_reduce", 2, 8, 20000, 1.0, &profile);
  return profile;
}

// The all-reduces of dp (2 ranks) and tp (4) go inside of a node, that of the embedding and the messages of
// pp between the two.
RandomScenario Everything() {
  RandomScenario out{
      plan::ScenarioOf({.dp = 2, .tp = 4, .pp = 2, .micro_batches = 2, .overlap = true, .bucket_mib = 0.05}),
      Profile()};
  v1::ClusterSpec& cluster = *out.scenario.mutable_cluster();
  cluster.set_nodes(2), cluster.set_devices_per_node(8);
  cluster.set_device("local-cpu");
  cluster.set_memory_mib(512);
  cluster.set_stack("megatron_te");
  cluster.set_placement(v1::PLACEMENT_TP_INSIDE);
  v1::Links& links = *cluster.mutable_links();
  links.mutable_intra_node()->set_gbps(20), links.mutable_intra_node()->set_latency_us(2);
  links.mutable_inter_node()->set_gbps(0.012), links.mutable_inter_node()->set_latency_us(15);
  v1::SlowLink& slow = *out.scenario.add_faults()->mutable_slow_link();
  slow.set_node(1), slow.set_gbps(0.01);  // slow enough to drain its bucket
  v1::Straggler& straggler = *out.scenario.add_faults()->mutable_straggler();
  straggler.set_rank(3), straggler.set_factor(1.5);
  v1::JitterLink& jitter = *out.scenario.add_faults()->mutable_jitter_link();
  jitter.set_node(1), jitter.set_mean_us(30);
  return out;
}

// -- what comes of it: the error, or the times of all ops

std::string Outcome(const RandomScenario& of) {
  const auto request = RequestOf(of, 2);
  if (!request.ok()) return std::string(request.status().message());
  const auto timeline = sim::SimulateTimes(*request);
  if (!timeline.ok()) return std::string(timeline.status().message());
  std::string text;
  for (const sim::RankTimeline& rank : timeline->ranks) {
    for (const sim::Span& span : rank.spans) text += fmt::format("{} {} ", span.start_ns, span.end_ns);
  }
  return text;
}

// -- every scalar that is given, and other values for it

struct Scalar {
  std::string path;  // "profile.links[2].ranks"
  Message* message;
  const FieldDescriptor* field;
  int index;  // of a repeated field; -1: it is not
};

void Collect(const std::string& path, Message* message, std::vector<Scalar>* out) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool repeated = field->is_repeated();
    for (int i = 0; i < (repeated ? reflection->FieldSize(*message, field) : 1); ++i) {
      const std::string name = path + "." + field->name() + (repeated ? fmt::format("[{}]", i) : "");
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        out->push_back({name, message, field, repeated ? i : -1});
      } else {
        Collect(name,
                repeated ? reflection->MutableRepeatedMessage(message, field, i)
                         : reflection->MutableMessage(message, field),
                out);
      }
    }
  }
}

// Sets the scalar to its `attempt`-th other value. False: there are no more.
bool SetOther(const Scalar& at, int attempt) {
  const auto* reflection = at.message->GetReflection();
  switch (at.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double factors[] = {1.5, 0.5, 10};
      if (attempt == std::ssize(factors)) return false;
      const double value = reflection->GetDouble(*at.message, at.field);
      reflection->SetDouble(at.message, at.field, value == 0 ? 1.5 : value * factors[attempt]);
      return true;
    }
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64: {
      const bool wide = at.field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
      const int64_t value =
          wide ? reflection->GetInt64(*at.message, at.field) : reflection->GetInt32(*at.message, at.field);
      const int64_t others[] = {value + 1, value - 1, value * 8};
      if (attempt == std::ssize(others)) return false;
      wide ? reflection->SetInt64(at.message, at.field, others[attempt])
           : reflection->SetInt32(at.message, at.field, static_cast<int32_t>(others[attempt]));
      return true;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (attempt == 1) return false;
      reflection->SetBool(at.message, at.field, !reflection->GetBool(*at.message, at.field));
      return true;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (attempt == at.field->enum_type()->value_count()) return false;
      reflection->SetEnum(at.message, at.field, at.field->enum_type()->value(attempt));
      return true;
    case FieldDescriptor::CPPTYPE_STRING: {
      const char* others[] = {"another", "all_reduce", "inter_node"};
      if (attempt == std::ssize(others)) return false;
      at.index >= 0 ? reflection->SetRepeatedString(at.message, at.field, at.index, others[attempt])
                    : reflection->SetString(at.message, at.field, others[attempt]);
      return true;
    }
    default:
      ADD_FAILURE() << at.path << " has a type that this test does not know";
      return false;
  }
}

// What may be given and changes no time, and why.
struct Exception {
  const char* path;  // a regular expression
  const char* reason;
};
constexpr Exception kExceptions[] = {
    {"profile.(name|measured_on|machine|notes.*)", "labels: what a trace and a warning say"},
    {"profile.version", "checked when a file is read (LoadProfile)"},
    {"profile.(gemm_gflops|memory_gbps)", "the best that was seen, for people"},
    {"profile.(kernels|links).*.residual", "the quality of a fit, for people"},
    {"profile.kernels.[0-2]..contention", "of products; they have compute_contention"},
    {"profile.kernels.[12]..ns_per_flop", "what is added to a product goes by its bytes"},
    {"profile.links.[23]..ranks", "the only law of its kind on its link: nothing to choose between"},
    {"cluster.stack",
     "of the catalogue's devices (sim/cost/gpu_cluster.h); a profile was measured with its own"},
    {"cluster.memory_mib", "a limit: what is predicted is whether it is passed, not a time"},
};

TEST(Fields, EveryOneChangesThePredictionOrTheError) {
  RandomScenario changed = Everything();
  const std::string outcome = Outcome(changed);
  ASSERT_THAT(outcome, testing::MatchesRegex("[0-9 ]+"));  // times, no error
  std::vector<Scalar> scalars;
  Collect("profile", &changed.profile, &scalars);
  Collect("cluster", changed.scenario.mutable_cluster(), &scalars);
  for (int i = 0; i < changed.scenario.faults_size(); ++i) {
    Collect(fmt::format("faults[{}]", i), changed.scenario.mutable_faults(i), &scalars);
  }
  std::set<std::string> excused;
  for (const Scalar& scalar : scalars) {
    const std::unique_ptr<Message> given(scalar.message->New());
    given->CopyFrom(*scalar.message);
    bool used = false;
    for (int attempt = 0; !used && SetOther(scalar, attempt); ++attempt) {
      used = Outcome(changed) != outcome;
      scalar.message->CopyFrom(*given);
    }
    const auto exception =
        std::find_if(std::begin(kExceptions), std::end(kExceptions),
                     [&](const Exception& of) { return std::regex_match(scalar.path, std::regex(of.path)); });
    if (exception == std::end(kExceptions)) {
      EXPECT_TRUE(used) << scalar.path << " has no effect";
    } else {
      EXPECT_FALSE(used) << scalar.path << " has an effect, though: " << exception->reason;
      excused.insert(exception->path);
    }
  }
  EXPECT_EQ(excused.size(), std::size(kExceptions)) << "an exception is for nothing that was given";
  EXPECT_EQ(Outcome(changed), outcome);
}

// A field that is added to a message must be given above.
void ExpectAllGiven(const std::string& path, const Message& message, const std::set<std::string>& not_here) {
  const auto* descriptor = message.GetDescriptor();
  std::vector<const FieldDescriptor*> given;
  message.GetReflection()->ListFields(message, &given);
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->real_containing_oneof() != nullptr || not_here.count(field->full_name()) > 0) continue;
    EXPECT_EQ(std::count(given.begin(), given.end(), field), 1) << path << "." << field->name();
  }
  for (const FieldDescriptor* field : given) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_repeated()) continue;  // elements leave out what is false or zero
    ExpectAllGiven(path + "." + field->name(), message.GetReflection()->GetMessage(message, field), not_here);
  }
}

TEST(Fields, EveryOneIsGiven) {
  const RandomScenario everything = Everything();
  ExpectAllGiven("profile", everything.profile, {});
  ExpectAllGiven("cluster", everything.scenario.cluster(), {});
  for (const v1::Fault& fault : everything.scenario.faults()) ExpectAllGiven("fault", fault, {});
}

}  // namespace
}  // namespace ringside::oracles
