#include "trace/analyze/kernel_class.h"

#include <optional>

#include "absl/status/status.h"
#include "base/check.h"
#include "fmt/format.h"
#include "re2/re2.h"
#include "trace/analyze/embedded_kernel_classes.h"

namespace ringside::trace {
namespace {

constexpr size_t kMaxRules = 10000;

std::optional<KernelClass> ClassNamed(std::string_view name) {
  for (int i = 0; i < kNumKernelClasses; ++i) {
    if (name == KernelClassName(static_cast<KernelClass>(i))) return static_cast<KernelClass>(i);
  }
  return std::nullopt;
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

const char* KernelClassName(KernelClass c) {
  constexpr const char* kNames[] = {"communication", "memory", "compute", "other"};
  return kNames[static_cast<int>(c)];
}

KernelClasses KernelClasses::Default() {
  absl::StatusOr<KernelClasses> classes = Parse(kEmbeddedKernelClasses, "kernel_classes.txt");
  RINGSIDE_CHECK(classes.ok());
  return *std::move(classes);
}

absl::StatusOr<KernelClasses> KernelClasses::Parse(std::string_view text, std::string_view name) {
  KernelClasses classes;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line[0] == '#') continue;
    const auto refuse = [&](const std::string& reason) {
      return absl::InvalidArgumentError(fmt::format("{}:{}: {}", name, number, reason));
    };
    const size_t blank = line.find_first_of(" \t");
    const std::optional<KernelClass> kernel_class = ClassNamed(line.substr(0, blank));
    if (!kernel_class) {
      return refuse(
          "begins with no class; write communication, memory, compute or other, a blank and a pattern");
    }
    if (blank == std::string_view::npos) return refuse("a pattern is missing after the class");
    if (classes.rules_.size() == kMaxRules) return refuse(fmt::format("more than {} rules", kMaxRules));
    const std::string_view pattern = Trimmed(line.substr(blank));
    RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_shared<const RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!compiled->ok()) return refuse("no regular expression: " + compiled->error());
    classes.rules_.push_back({*kernel_class, std::move(compiled)});
  }
  return classes;
}

KernelClass KernelClasses::Of(std::string_view kernel) const {
  for (const Rule& rule : rules_) {
    if (RE2::PartialMatch(re2::StringPiece(kernel.data(), kernel.size()), *rule.pattern))
      return rule.kernel_class;
  }
  return KernelClass::kCompute;
}

}  // namespace ringside::trace
