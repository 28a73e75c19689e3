// Counts in how many questions of the bank every term stands, for background.h:
//   fit_background > evaluator/theory/data/background.txt
// Terms of one question alone are left out: unknown terms weigh the same.
#include <cstdio>
#include <map>
#include <string>

#include "evaluator/bank/bank.h"
#include "evaluator/theory/background.h"
#include "evaluator/theory/setting.h"

int main() {
  ringside::theory::Background background;
  for (const ringside::v1::TheoryQuestion& question : ringside::evaluator::EmbeddedBank().theory())
    background.Add(question);
  std::printf(
      "# In how many questions of the bank a term stands, made by fit_background.cc.\nquestions %lld\n",
      static_cast<long long>(background.questions()));
  std::printf("chance %.3f\n",
              ringside::theory::SettingOf(ringside::evaluator::EmbeddedBank().theory(), 1).chance);
  const std::map<std::string, int64_t> sorted(background.counts().begin(), background.counts().end());
  for (const auto& [term, count] : sorted)
    if (count > 1) std::printf("%s\t%lld\n", term.c_str(), static_cast<long long>(count));
  return 0;
}
