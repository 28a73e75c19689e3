#include "evaluator/judge/https_post.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "evaluator/design/text.h"
#include "fmt/format.h"

namespace ringside::judge {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeText {
  void operator()(char* text) const { curl_free(text); }
};

std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, FreeText> owned(text);
  return text;
}

bool IsThisMachine(const std::string& host) {
  if (absl::AsciiStrToLower(host) == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

struct Body {
  std::string text;
  size_t limit = 0;
  bool over = false;
};

size_t Take(char* bytes, size_t size, size_t count, void* into) {
  auto* body = static_cast<Body*>(into);
  if (body->text.size() + size * count > body->limit) {
    body->over = true;
    return 0;  // ends the transfer
  }
  body->text.append(bytes, size * count);
  return size * count;
}

}  // namespace

absl::Status CheckUrl(const std::string& url) {
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return absl::InvalidArgumentError(fmt::format("judge: \"{}\" is no URL", evaluator::Printable(url, 100)));
  }
  if (!Part(parsed.get(), CURLUPART_USER).empty() || !Part(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return absl::InvalidArgumentError(
        "judge: the URL has a user or password in it; name a variable with the key");
  }
  const std::string scheme = Part(parsed.get(), CURLUPART_SCHEME), host = Part(parsed.get(), CURLUPART_HOST);
  if (scheme == "https" || (scheme == "http" && IsThisMachine(host))) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("judge: {}://{} is not asked; use https (http is for this machine alone)",
                  evaluator::Printable(scheme, 20), evaluator::Printable(host, 100)));
}

absl::StatusOr<PostReply> PostJson(const std::string& url, const std::string& bearer, const std::string& body,
                                   const PostLimits& limits) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, FreeEasy> easy(started == CURLE_OK ? curl_easy_init() : nullptr);
  if (easy == nullptr) return absl::InternalError("judge: libcurl could not be started");
  const auto add = [](std::unique_ptr<curl_slist, FreeList> list, const std::string& line) {
    return std::unique_ptr<curl_slist, FreeList>(curl_slist_append(list.release(), line.c_str()));
  };
  std::unique_ptr<curl_slist, FreeList> headers = add(nullptr, "Content-Type: application/json");
  headers = add(std::move(headers), "Expect:");  // no waiting for "100 Continue"
  if (!bearer.empty()) headers = add(std::move(headers), "Authorization: Bearer " + bearer);
  Body reply{{}, limits.max_response_bytes, false};
  const bool here = url.starts_with("http://");
  CURL* curl = easy.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, here ? "http" : "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (here) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout_ms));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  const CURLcode code = curl_easy_perform(curl);
  if (reply.over) {
    return absl::ResourceExhaustedError(
        fmt::format("judge: the reply is larger than {} bytes", limits.max_response_bytes));
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return absl::DeadlineExceededError(fmt::format("judge: no reply within {} ms", limits.timeout_ms));
  }
  if (code != CURLE_OK) {
    return absl::UnavailableError(fmt::format("judge: cannot be reached: {}", curl_easy_strerror(code)));
  }
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  return PostReply{static_cast<int>(status), std::move(reply.text), retry_after};
}

}  // namespace ringside::judge
