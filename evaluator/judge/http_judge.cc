#include "evaluator/judge/http_judge.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/status_macros.h"
#include "evaluator/design/text.h"
#include "evaluator/judge/opinion.h"
#include "evaluator/judge/prompt.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace ringside::judge {
namespace {

constexpr int64_t kFirstWaitMs = 1000, kMaxWaitMs = 30'000;
constexpr std::string_view kPath = "/chat/completions";

class HttpJudge : public Judge {
 public:
  HttpJudge(HttpJudgeOptions options, std::string key) : options_(std::move(options)), key_(std::move(key)) {}

  absl::StatusOr<v1::JudgeOpinion> Ask(const v1::TheoryQuestion& question, std::string_view answer) override {
    RINGSIDE_ASSIGN_OR_RETURN(const Prompt prompt, PromptFor(question, answer, RandomWord));
    if (failures_ >= options_.failures_in_a_row) {
      return absl::UnavailableError(
          fmt::format("judge: not asked any more after {} failures in a row", options_.failures_in_a_row));
    }
    const absl::StatusOr<std::string> body = Post(RequestFor(prompt));
    failures_ = body.ok() ? 0 : failures_ + 1;
    if (!body.ok()) return body.status();
    RINGSIDE_ASSIGN_OR_RETURN(const std::string reply, ReadCompletion(*body));
    RINGSIDE_ASSIGN_OR_RETURN(v1::JudgeOpinion opinion, ReadOpinion(question, reply));
    opinion.set_model(options_.model);
    return opinion;
  }

 private:
  std::string RequestFor(const Prompt& prompt) const {
    nlohmann::json request = {
        {"model", options_.model},
        {"stream", false},
        {"messages",
         {{{"role", "system"}, {"content", prompt.system}}, {{"role", "user"}, {"content", prompt.user}}}}};
    if (options_.temperature) request["temperature"] = *options_.temperature;
    return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  absl::StatusOr<std::string> Post(const std::string& request) const {
    for (int tries = 1;; ++tries) {
      RINGSIDE_ASSIGN_OR_RETURN(PostReply reply, PostJson(options_.url, key_, request, options_.limits));
      if (reply.status == 200) return std::move(reply.body);
      const bool passing = reply.status == 429 || reply.status >= 500;
      if (!passing || tries >= options_.tries) return Refused(reply.status, tries);
      const int64_t own = kFirstWaitMs << std::min(tries - 1, 10);
      const int64_t asked = std::clamp<int64_t>(reply.retry_after_s, 0, kMaxWaitMs / 1000) * 1000;
      options_.wait(std::min(kMaxWaitMs, std::max(own, asked)));
    }
  }

  // Never with the body: services repeat the key in it.
  absl::Status Refused(int status, int tries) const {
    std::string why;
    if (status == 401 || status == 403) {
      why = options_.key_env.empty() ? "; it wants a key"
                                     : fmt::format("; is the key in {} right?", options_.key_env);
    } else if (status == 404) {
      why = "; are URL and model right?";
    } else if (status >= 300 && status < 400) {
      why = "; redirects are not followed, name the URL it leads to";
    }
    return absl::UnavailableError(fmt::format("judge: the endpoint answered {}{}{}", status,
                                              tries > 1 ? fmt::format(" ({} tries)", tries) : "", why));
  }

  const HttpJudgeOptions options_;
  const std::string key_;
  std::atomic<int> failures_ = 0;  // in a row
};

}  // namespace

absl::StatusOr<std::unique_ptr<Judge>> MakeHttpJudge(const HttpJudgeOptions& given) {
  HttpJudgeOptions options = given;
  RINGSIDE_RETURN_IF_ERROR(CheckUrl(options.url));
  if (options.model.empty()) return absl::InvalidArgumentError("judge: the name of the model is missing");
  if (options.limits.timeout_ms < 1 || options.tries < 1 || options.failures_in_a_row < 1) {
    return absl::InvalidArgumentError("judge: time limit and tries must be at least 1");
  }
  while (options.url.ends_with('/')) options.url.pop_back();
  if (options.url.find(kPath) == std::string::npos) options.url += kPath;
  std::string key;
  if (!options.key_env.empty()) {
    const char* value = std::getenv(options.key_env.c_str());
    if (value == nullptr || *value == '\0') {
      return absl::FailedPreconditionError(fmt::format("judge: the variable {} is not set in the environment",
                                                       evaluator::Printable(options.key_env, 80)));
    }
    key = value;
    const bool plain = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!plain) {
      return absl::FailedPreconditionError(
          fmt::format("judge: the variable {} holds no key: it has other than "
                      "printable characters",
                      evaluator::Printable(options.key_env, 80)));
    }
  }
  if (!options.wait) {
    options.wait = [](int64_t wait_ms) { std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms)); };
  }
  return std::make_unique<HttpJudge>(std::move(options), std::move(key));
}

v1::JudgeOpinion OpinionOf(Judge& judge, const v1::TheoryQuestion& question, std::string_view id,
                           std::string_view answer) {
  absl::StatusOr<v1::JudgeOpinion> asked = judge.Ask(question, answer);
  v1::JudgeOpinion opinion;
  if (asked.ok()) {
    opinion = *std::move(asked);
  } else {
    opinion.set_question(question.id());
    opinion.set_error(std::string(asked.status().message()));
  }
  opinion.set_id(std::string(id));
  return opinion;
}

}  // namespace ringside::judge
