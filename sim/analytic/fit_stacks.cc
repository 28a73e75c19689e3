// Fits constants of the catalogue on published runs and says what they are worth on runs that they have not
// seen:
//   fit_stacks CONSTANTS.txt RUNS.csv... [--loo] [--cv] [--dump FILE.csv]
// A line of CONSTANTS.txt is "FIELDS PRIOR SPREAD": where the constant starts, and how far, as a factor
// (shares of overlap: in logits), it may move before that costs as much as one run that is 5 % further off.
// FIELDS is ENTRY[+ENTRY...].FIELD[.FIELD...], several with '|' between them; they are one constant. A
// constant whose evidence is taken away goes back to its prior: --loo leaves out every source in turn, --cv a
// fifth of all runs. Runs of trust C are not used. Prints the constants and the errors; --dump writes
// ln(predicted / measured) of each run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "google/protobuf/message.h"
#include "sim/analytic/csv.h"
#include "sim/analytic/estimate.h"
#include "sim/analytic/published_run.h"
#include "sim/analytic/validation.h"
#include "sim/catalogue/catalogue.h"
#include "sim/gpu/least_squares.h"

namespace {

namespace analytic = ringside::sim::analytic;
namespace v1 = ringside::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Constant {
  std::string spec;
  bool share = false;  // between 0 and 1
  double prior = 0, spread = 0;
  std::vector<std::pair<Message*, const FieldDescriptor*>> fields;

  double Place(double value) const {
    if (!share) return std::log(std::max(value, 1e-6));
    value = std::clamp(value, 0.01, 0.99);
    return std::log(value / (1 - value));
  }
  double Value(double x) const { return share ? 1 / (1 + std::exp(-x)) : std::exp(x); }
  void Set(double x) const {
    for (const auto& [message, field] : fields) message->GetReflection()->SetDouble(message, field, Value(x));
  }
};

struct Run {
  analytic::Problem problem;
  std::string id, source, group;
  double rate = 0;  // tokens/s/GPU
  uint32_t fold = 0;
};

[[noreturn]] void Stop(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(2);
}

Message* Entry(v1::Catalogue* catalogue, const std::string& name) {
  if (name == "clock") return catalogue->mutable_clock();
  for (auto& each : *catalogue->mutable_devices())
    if (each.name() == name) return &each;
  for (auto& each : *catalogue->mutable_links())
    if (each.name() == name) return &each;
  for (auto& each : *catalogue->mutable_traits())
    if (each.name() == name) return &each;
  for (auto& each : *catalogue->mutable_stacks())
    if (each.name() == name) return &each;
  Stop("no entry " + name);
}

// "a+b.x.y|c.z": y of x of a and of b, and z of c.
void AddFields(v1::Catalogue* catalogue, const std::string& spec, Constant* constant) {
  std::istringstream entries(spec.substr(0, spec.find('.')));
  std::string entry;
  while (std::getline(entries, entry, '+')) {
    Message* message = Entry(catalogue, entry);
    std::istringstream path(spec.substr(spec.find('.') + 1));
    std::string name;
    const FieldDescriptor* field = nullptr;
    while (std::getline(path, name, '.')) {
      if (field != nullptr) message = message->GetReflection()->MutableMessage(message, field);
      field = message->GetDescriptor()->FindFieldByName(name);
      if (field == nullptr) Stop("no field " + spec);
      constant->share = name.find("overlap_") == 0;
    }
    constant->fields.push_back({message, field});
  }
}

Constant Find(v1::Catalogue* catalogue, const std::string& spec) {
  Constant constant;
  constant.spec = spec;
  std::istringstream parts(spec);
  std::string part;
  while (std::getline(parts, part, '|')) AddFields(catalogue, part, &constant);
  return constant;
}

std::vector<Constant> ReadConstants(const char* path, v1::Catalogue* catalogue) {
  std::ifstream file(path);
  if (!file) Stop(std::string("cannot read ") + path);
  std::vector<Constant> constants;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string spec;
    if (!(words >> spec)) continue;
    Constant constant = Find(catalogue, spec);
    if (!(words >> constant.prior >> constant.spread)) Stop("prior and spread are missing: " + line);
    if (!constant.share) constant.spread = std::log(constant.spread);
    constants.push_back(constant);
  }
  return constants;
}

std::vector<Run> ReadRuns(const v1::Catalogue& catalogue, const std::vector<std::string>& paths) {
  std::vector<Run> runs;
  for (const std::string& path : paths) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    const auto rows = analytic::ParseCsv(text.str(), path);
    if (!rows.ok()) Stop(std::string(rows.status().message()));
    for (const auto& raw : *rows) {
      const analytic::CsvRow row = analytic::AsRun(raw);
      const auto problem = analytic::ProblemOfRun(catalogue, row);
      if (!problem.ok() || row.Text("trust") == "C") continue;
      Run run;
      run.problem = *problem;
      run.id = row.Text("id");
      run.source = run.id.substr(0, run.id.find('-'));
      run.group = run.source + "|" + row.Text("model_name") + "|" + row.Text("gpu") + "|" + row.Text("gpus");
      run.rate = std::atof(row.Text("measured_tokens_per_s_per_gpu").c_str());
      uint32_t hash = 2166136261u;
      for (const char c : run.id) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
      run.fold = (hash >> 8) % 5;
      if (run.rate > 0) runs.push_back(run);
    }
  }
  return runs;
}

// Of one run of a source with n of them: runs of a source err together, so that a source counts by the fourth
// root of its size.
double WeightOf(double n) {
  return 3.5 * std::pow(n, 0.25) / n;
}

class Fit {
 public:
  Fit(const char* constants, const std::vector<std::string>& paths)
      : parsed_(ringside::sim::ParsedBuiltInCatalogue()) {
    constants_ = ReadConstants(constants, &parsed_);
    ringside::sim::Resolve(parsed_, &resolved_);
    runs_ = ReadRuns(resolved_, paths);
  }

  // ln(predicted / measured step time) of every run.
  std::vector<double> Residuals(const std::vector<double>& x) {
    Place(x);
    std::vector<double> residuals;
    for (const Run& run : runs_)
      residuals.push_back(std::log(run.rate / analytic::Estimate(run.problem).tokens_per_s_per_gpu));
    return residuals;
  }

  std::vector<double> Solve(const std::function<bool(const Run&)>& used) {
    std::map<std::string, double> sizes;
    for (const Run& run : runs_)
      if (used(run)) ++sizes[run.source];
    std::vector<double> weights, priors, spreads;
    for (const Run& run : runs_) weights.push_back(used(run) ? WeightOf(sizes[run.source]) : 0);
    for (const Constant& constant : constants_) {
      priors.push_back(constant.Place(constant.prior));
      spreads.push_back(constant.spread);
    }
    return ringside::sim::gpu::RobustLeastSquares([&](const std::vector<double>& x) { return Residuals(x); },
                                                  weights, priors, spreads);
  }

  void Place(const std::vector<double>& x) {
    for (size_t i = 0; i < x.size(); ++i) constants_[i].Set(x[i]);
    ringside::sim::Resolve(parsed_, &resolved_);
  }

  const std::vector<Run>& runs() const { return runs_; }
  const std::vector<Constant>& constants() const { return constants_; }

 private:
  v1::Catalogue parsed_, resolved_;
  std::vector<Constant> constants_;
  std::vector<Run> runs_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n == 0 ? 0 : (values[(n - 1) / 2] + values[n / 2]) / 2;
}

// As score tables count: |measured rate / predicted - 1|.
void PrintErrors(const char* name, const std::vector<Run>& runs, const std::vector<double>& residuals) {
  std::map<std::string, std::vector<double>> errors, biases;
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> groups;
  std::vector<double> all;
  for (size_t i = 0; i < runs.size(); ++i) {
    const double error = std::abs(std::exp(residuals[i]) - 1);
    errors[runs[i].source].push_back(error), all.push_back(error);
    biases[runs[i].source].push_back(residuals[i]);
    auto& [measured, predicted] = groups[runs[i].group];
    measured.push_back(runs[i].rate), predicted.push_back(runs[i].rate / std::exp(residuals[i]));
  }
  double medians = 0, sum = 0;
  std::map<std::string, std::pair<double, int>> ranks;
  for (const auto& [group, sides] : groups) {
    if (sides.first.size() < 5) continue;
    for (const std::string& key : {group.substr(0, group.find('|')), std::string("all")}) {
      ranks[key].first += analytic::Spearman(sides.first, sides.second);
      ++ranks[key].second;
    }
  }
  const auto rank = [&](const std::string& key) {
    return ranks.count(key) == 0 ? 0 : ranks[key].first / ranks[key].second;
  };
  fmt::print("-- {}\n", name);
  for (const auto& [source, some] : errors) {
    double mean = 0;
    for (const double e : some) mean += e / static_cast<double>(some.size());
    medians += Median(some) / static_cast<double>(errors.size());
    fmt::print("{:4} n {:4} median {:5.1f} % mean {:5.1f} % bias {:+5.1f} % spearman {:.3f}\n", source,
               some.size(), 100 * Median(some), 100 * mean, 100 * Median(biases[source]), rank(source));
  }
  for (const double e : all) sum += e;
  fmt::print("all  mean of medians {:.1f} % pooled median {:.1f} % pooled mean {:.1f} % spearman {:.3f}\n",
             100 * medians, 100 * Median(all), 100 * sum / static_cast<double>(all.size()), rank("all"));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> paths;
  bool loo = false, cv = false;
  std::string dump;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--loo") {
      loo = true;
    } else if (word == "--cv") {
      cv = true;
    } else if (word == "--dump" && i + 1 < argc) {
      dump = argv[++i];
    } else {
      paths.push_back(word);
    }
  }
  if (paths.empty()) return 2;
  Fit fit(argv[1], paths);
  const std::vector<Run>& runs = fit.runs();
  std::vector<double> priors;
  for (const Constant& constant : fit.constants()) priors.push_back(constant.Place(constant.prior));
  PrintErrors("from the priors alone", runs, fit.Residuals(priors));
  const std::vector<double> x = fit.Solve([](const Run&) { return true; });
  for (size_t i = 0; i < x.size(); ++i) {
    const Constant& constant = fit.constants()[i];
    fmt::print("{} = {:.4g}  # prior {:.4g}, {:+.1f} spreads\n", constant.spec, constant.Value(x[i]),
               constant.prior, (x[i] - priors[i]) / constant.spread);
  }
  const std::vector<double> fitted = fit.Residuals(x);
  PrintErrors("fitted", runs, fitted);
  std::vector<double> out = fitted, folds = fitted;
  if (loo) {
    std::map<std::string, int> sources;
    for (const Run& run : runs) ++sources[run.source];
    for (const auto& [source, count] : sources) {
      const std::string name = source;
      const std::vector<double> residuals =
          fit.Residuals(fit.Solve([&name](const Run& run) { return run.source != name; }));
      for (size_t i = 0; i < runs.size(); ++i)
        if (runs[i].source == name) out[i] = residuals[i];
    }
    PrintErrors("its source left out", runs, out);
  }
  if (cv) {
    for (uint32_t fold = 0; fold < 5; ++fold) {
      const std::vector<double> residuals =
          fit.Residuals(fit.Solve([fold](const Run& run) { return run.fold != fold; }));
      for (size_t i = 0; i < runs.size(); ++i)
        if (runs[i].fold == fold) folds[i] = residuals[i];
    }
    PrintErrors("a fifth left out", runs, folds);
  }
  if (!dump.empty()) {
    std::ofstream file(dump);
    file << "id,fitted,source_out,fifth_out\n";
    for (size_t i = 0; i < runs.size(); ++i)
      file << fmt::format("{},{:.5f},{:.5f},{:.5f}\n", runs[i].id, fitted[i], out[i], folds[i]);
  }
  return 0;
}
