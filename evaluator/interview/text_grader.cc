#include "evaluator/interview/text_grader.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/base/thread_annotations.h"
#include "evaluator/theory/grade_answer.h"

namespace ringside::evaluator {
namespace {

constexpr size_t kMaxPrepared = 2000;  // more than any bank has

class Prepared {
 public:
  theory::PreparedQuestion Of(const v1::TheoryQuestion& question) {
    std::lock_guard lock(mutex_);
    const auto found = questions_.find(question.id());
    if (found != questions_.end()) return found->second;
    if (questions_.size() >= kMaxPrepared) questions_.clear();
    return questions_.emplace(question.id(), theory::PreparedQuestion(question)).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, theory::PreparedQuestion> questions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

AnswerGrader TextGrader() {
  return
      [prepared = std::make_shared<Prepared>()](const v1::TheoryQuestion& question, std::string_view answer) {
        return theory::GradeAnswer(prepared->Of(question), answer, "");
      };
}

}  // namespace ringside::evaluator
