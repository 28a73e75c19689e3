// A judge behind any endpoint that speaks the chat completions protocol of OpenAI: a service, or a model on
// this machine (docs/judge.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "evaluator/judge/https_post.h"
#include "evaluator/judge/judge.h"

namespace ringside::judge {

struct HttpJudgeOptions {
  std::string url;  // "https://HOST/v1", with or without "/chat/completions"
  std::string model;
  std::string key_env;  // the variable of the environment that has the key; empty: no key is sent
  std::optional<double> temperature = 0;  // nothing: not sent, for models that bear none
  PostLimits limits;
  int tries = 3;              // of an answer, where the endpoint says 429 or 5xx
  int failures_in_a_row = 5;  // of the endpoint; after so many it is not asked any more
  // Waits between tries: 1 s, 2 s, 4 s ..., or what the server asks, at most 30 s. For tests.
  std::function<void(int64_t wait_ms)> wait;
};

// INVALID_ARGUMENT: the URL (https_post.h) or the model; FAILED_PRECONDITION: the variable is not set, or is
// no key. The judge is thread-safe. Its errors, beside those of https_post.h: INVALID_ARGUMENT: its reply
// could not be used, or the answer is too long to be asked about; UNAVAILABLE: the endpoint refuses, or is
// not asked any more.
absl::StatusOr<std::unique_ptr<Judge>> MakeHttpJudge(const HttpJudgeOptions& options);

}  // namespace ringside::judge
