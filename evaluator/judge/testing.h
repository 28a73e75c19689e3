// A question for a test, and a server on this machine that answers as it is told.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "ringside/v1/bank.pb.h"

namespace ringside::judge {

inline v1::TheoryQuestion TwoPoints() {
  v1::TheoryQuestion question;
  question.set_id("why-all-reduce");
  question.set_prompt("Why do ranks reduce their gradients?");
  question.add_points()->set_id("sum");
  question.mutable_points(0)->set_text("Each rank has the gradient of its own part of the batch.");
  question.add_points()->set_id("equal");
  question.mutable_points(1)->set_text("The copies of the model stay equal.");
  return question;
}

inline constexpr char kGoodReply[] =
    R"({"mark": 0.75, "reason": "Mostly there.", "points": [{"point": "equal", "earned": 0.5, "reason": "Half."},)"
    R"( {"point": "sum", "earned": 1, "reason": "Said."}]})";

inline std::string Completion(const std::string& content) {
  return nlohmann::json({{"choices", {{{"message", {{"role", "assistant"}, {"content", content}}}}}}}).dump();
}

struct StubReply {
  int status = 200;
  std::string body, headers;  // headers: lines with "\r\n"
  bool never = false;         // takes the request and says nothing until the client goes
};

// Serves one connection after the other, a reply each, from a thread of its own; the last reply again and
// again.
class StubServer {
 public:
  explicit StubServer(std::vector<StubReply> replies) : replies_(std::move(replies)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~StubServer() {
    shutdown(listener_, SHUT_RDWR);  // ends accept
    thread_.join();
    close(listener_);
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/v1", port_); }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    for (size_t i = 0;; ++i) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      const std::string request = ReadRequest(client);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const StubReply& reply = replies_[std::min(i, replies_.size() - 1)];
      if (reply.never) {
        char byte;
        while (recv(client, &byte, 1, 0) > 0) continue;
      } else {
        const std::string text =
            fmt::format("HTTP/1.1 {} Stub\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}",
                        reply.status, reply.body.size(), reply.headers, reply.body);
        for (size_t sent = 0; sent < text.size();) {
          const ssize_t more = send(client, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
          if (more <= 0) break;
          sent += static_cast<size_t>(more);
        }
      }
      close(client);
    }
  }

  static std::string ReadRequest(int client) {
    std::string request;
    char bytes[4096];
    while (true) {
      const size_t head = request.find("\r\n\r\n");
      if (head != std::string::npos) {
        const size_t length = request.find("Content-Length: ");
        const size_t body = length == std::string::npos ? 0 : std::stoul(request.substr(length + 16));
        if (request.size() >= head + 4 + body) return request;
      }
      const ssize_t more = recv(client, bytes, sizeof(bytes), 0);
      if (more <= 0) return request;
      request.append(bytes, static_cast<size_t>(more));
    }
  }

  const std::vector<StubReply> replies_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace ringside::judge
