// What a person sees while work goes on, on stderr: one line that is rewritten in place on a terminal,
// plain lines (of headlines only) elsewhere, so that logs stay short.
#pragma once

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
  // How far it is: "step 7 of 20, loss 5.91". Shown on a terminal only.
  void Detail(std::string_view text);
  // Wipes the line, so that other output can follow.
  void Clear();

 private:
  void Show(const std::string& line);

  const bool terminal_;
  bool shown_ = false;
  std::string headline_;
};

}  // namespace ringside::cli
