// What a person sees while work goes on, on stderr: one line that is rewritten in place on a terminal,
// plain lines elsewhere, few of them, so that logs stay short.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace ringside::cli {

class Progress {
 public:
  Progress();
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Begins a piece of work: "dp4: 4 ranks". A line of its own where stderr is no terminal.
  void Headline(std::string_view text);
  // How far it is: "step 7 of 20, loss 5.91". Where stderr is no terminal, one is shown every ten seconds.
  void Detail(std::string_view text);
  // Wipes the line, so that other output can follow.
  void Clear();

 private:
  void Show(const std::string& line);

  const bool terminal_;
  bool shown_ = false;
  std::string headline_;
  std::chrono::steady_clock::time_point last_line_;
};

}  // namespace ringside::cli
