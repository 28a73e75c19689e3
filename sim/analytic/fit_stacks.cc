// Fits constants of the catalogue on published runs:
//   fit_stacks RUNS.csv [-x SOURCE] [-o SOURCE] [-n EVALUATIONS] [-m] ENTRY[+ENTRY...].FIELD[.FIELD] ...
// -x leaves a source out, -o takes only that one (both may be repeated), -m fits memory instead of time,
// -p starts from what nobody fitted: stacks as the first of the catalogue, clocks at 0.8. Runs
// of trust C are left out. Prints the constants and the errors of the sources used and of those left out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "google/protobuf/message.h"
#include "sim/analytic/csv.h"
#include "sim/analytic/estimate.h"
#include "sim/analytic/published_run.h"
#include "sim/catalogue/catalogue.h"
#include "sim/gpu/nelder_mead.h"

namespace {

namespace analytic = ringside::sim::analytic;
namespace v1 = ringside::v1;

struct Constant {
  std::string spec;
  bool share = false;  // between 0 and 1
  int block = 0;
  std::vector<std::pair<google::protobuf::Message*, const google::protobuf::FieldDescriptor*>> fields;
  double Get() const {
    return fields[0].first->GetReflection()->GetDouble(*fields[0].first, fields[0].second);
  }
  void Set(double x) const {
    for (const auto& [message, field] : fields) message->GetReflection()->SetDouble(message, field, x);
  }
};

google::protobuf::Message* Entry(v1::Catalogue* catalogue, const std::string& name) {
  for (auto& each : *catalogue->mutable_devices())
    if (each.name() == name) return &each;
  for (auto& each : *catalogue->mutable_links())
    if (each.name() == name) return &each;
  for (auto& each : *catalogue->mutable_stacks())
    if (each.name() == name) return &each;
  fmt::print(stderr, "no entry {}\n", name);
  std::exit(2);
}

Constant Find(v1::Catalogue* catalogue, const std::string& spec) {
  Constant constant;
  constant.spec = spec;
  std::istringstream entries(spec.substr(0, spec.find('.')));
  std::string entry;
  while (std::getline(entries, entry, '+')) {
    google::protobuf::Message* message = Entry(catalogue, entry);
    std::istringstream path(spec.substr(spec.find('.') + 1));
    std::string name;
    const google::protobuf::FieldDescriptor* field = nullptr;
    while (std::getline(path, name, '.')) {
      if (field != nullptr) message = message->GetReflection()->MutableMessage(message, field);
      field = message->GetDescriptor()->FindFieldByName(name);
      if (field == nullptr) {
        fmt::print(stderr, "no field {}\n", spec);
        std::exit(2);
      }
      constant.share = name.find("overlap_") == 0 || name == "sustained_clock";
    }
    constant.fields.push_back({message, field});
  }
  return constant;
}

struct Run {
  analytic::Problem problem;
  std::string source;
  double rate = 0, gib = 0;
  bool used = true;
};

}  // namespace

int main(int argc, char** argv) {
  v1::Catalogue catalogue = ringside::sim::BuiltInCatalogue();
  std::set<std::string> without, only;
  std::vector<Constant> constants;
  int evaluations = 1500;
  int cycles = 1, blocks = 1;
  bool memory = false, from_priors = false;
  if (argc < 3) return 2;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "-x") {
      without.insert(argv[++i]);
    } else if (word == "-o") {
      only.insert(argv[++i]);
    } else if (word == "-n") {
      evaluations = std::atoi(argv[++i]);
    } else if (word == "-c") {
      cycles = std::atoi(argv[++i]);
    } else if (word == "-p") {
      from_priors = true;
    } else if (word == "/") {
      ++blocks;
    } else if (word == "-m") {
      memory = true;
    } else {
      constants.push_back(Find(&catalogue, word));
      constants.back().block = blocks - 1;
    }
  }
  std::ifstream file(argv[1]);
  std::stringstream text;
  text << file.rdbuf();
  const auto rows = analytic::ParseCsv(text.str(), argv[1]);
  if (!rows.ok()) return 2;
  std::vector<Run> runs;
  std::vector<std::pair<v1::SoftwareStack*, const v1::SoftwareStack*>> heirs;
  for (const auto& row : *rows) {
    const auto problem = analytic::ProblemOfRun(catalogue, row);
    if (!problem.ok() || row.Text("trust") == "C") continue;
    Run run{*problem, row.Text("id").substr(0, row.Text("id").find('-'))};
    run.rate = std::atof(row.Text("measured_tokens_per_s_per_gpu").c_str());
    run.gib = std::atof(row.Text("measured_mem_gib_per_gpu").c_str());
    if ((memory ? run.gib : run.rate) <= 0) continue;
    run.used = without.count(run.source) == 0 && (only.empty() || only.count(run.source) != 0);
    runs.push_back(run);
  }
  const auto error = [&](const Run& run) {
    if (memory) return std::abs(analytic::PeakMemory(run.problem).allocated() / (1 << 30) / run.gib - 1);
    return std::abs(run.rate / analytic::Estimate(run.problem).tokens_per_s_per_gpu - 1);
  };
  // A stack of a source that is left out is as its parent, which stands before it.
  for (auto& stack : *catalogue.mutable_stacks()) {
    bool used = false, held = false;
    for (const Run& run : runs)
      if (run.problem.stack == &stack) (run.used ? used : held) = true;
    const v1::SoftwareStack* parent = ringside::sim::FindStack(catalogue, stack.parent());
    if (only.empty() && held && !used && parent != nullptr && !memory) heirs.push_back({&stack, parent});
  }
  // Sources count by the root of their size; an outlier counts at most like an error of 100 %; a constant is
  // drawn to where it began.
  if (from_priors) {
    const v1::SoftwareStack& root = catalogue.stacks(0);
    for (const Constant& constant : constants) {
      for (const auto& [message, field] : constant.fields) {
        double prior = message->GetReflection()->GetDouble(*message, field);
        if (message->GetDescriptor() == root.GetDescriptor())
          prior = root.GetReflection()->GetDouble(root, field);
        if (field->name() == "sustained_clock") prior = 0.8;
        if (field->name() == "fp8_efficiency") prior = 1;
        if (field->name() == "fp4_efficiency") prior = 0.7;
        message->GetReflection()->SetDouble(message, field, prior);
      }
    }
  }
  std::vector<double> first;
  const auto place = [&](const Constant& constant, double value) {
    value = std::clamp(value, constant.share ? 0.05 : 1e-4, constant.share ? 0.99 : 1e9);
    return constant.share ? std::log(value / (1 - value)) : std::log(value);
  };
  for (const Constant& constant : constants) first.push_back(place(constant, constant.Get()));
  std::vector<size_t> at_work;
  const auto set = [&](const std::vector<double>& x) {
    for (size_t j = 0; j < x.size(); ++j) {
      const Constant& constant = constants[at_work[j]];
      constant.Set(constant.share ? 1 / (1 + std::exp(-x[j])) : std::exp(x[j]));
    }
  };
  const auto loss = [&](const std::vector<double>& at) {
    set(at);
    std::map<std::string, std::pair<double, double>> sums;
    for (const Run& run : runs) {
      if (!run.used) continue;
      const double e = error(run);
      sums[run.source].first += e / (1 + e), sums[run.source].second += 1;
    }
    double total = 0, weight = 0, drawn = 0;
    for (const auto& [source, sum] : sums)
      total += sum.first / std::sqrt(sum.second), weight += std::sqrt(sum.second);
    for (size_t j = 0; j < at.size(); ++j) drawn += (at[j] - first[at_work[j]]) * (at[j] - first[at_work[j]]);
    return total / weight + 0.0003 * drawn;
  };
  for (int cycle = 0; cycle < cycles; ++cycle) {
    for (int block = 0; block < blocks; ++block) {
      at_work.clear();
      std::vector<double> x;
      for (size_t i = 0; i < constants.size(); ++i) {
        if (constants[i].block != block) continue;
        at_work.push_back(i);
        x.push_back(place(constants[i], constants[i].Get()));
      }
      if (x.empty()) continue;
      for (const double step : {0.3, 0.15})
        x = ringside::sim::gpu::NelderMead(loss, x, std::vector<double>(x.size(), step), evaluations / 2);
      set(x);
    }
  }
  for (const auto& [stack, parent] : heirs) {
    const std::string name = stack->name();
    *stack = *parent;
    stack->set_name(name);
  }
  for (const Constant& constant : constants) fmt::print("{} = {:.4g}\n", constant.spec, constant.Get());
  std::map<std::string, std::vector<double>> errors;
  std::map<std::string, double> bias;  // mean of measured / predicted rate - 1: negative where too optimistic
  for (const Run& run : runs) {
    const std::string key = (run.used ? "fitted   " : "held out ") + run.source;
    errors[key].push_back(error(run));
    if (!memory) bias[key] += run.rate / analytic::Estimate(run.problem).tokens_per_s_per_gpu - 1;
  }

  for (auto& [source, all] : errors) {
    std::sort(all.begin(), all.end());
    double mean = 0;
    for (const double e : all) mean += e / static_cast<double>(all.size());
    fmt::print("{:16} n {:4} median {:5.1f} % mean {:5.1f} % bias {:+5.1f} %\n", source, all.size(),
               100 * all[all.size() / 2], 100 * mean, 100 * bias[source] / static_cast<double>(all.size()));
  }
  return 0;
}
