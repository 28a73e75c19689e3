// What can be observed in an answer beside its content: reasons, trade-offs, uncertainty, data, experience.
// By words alone; every observation comes with the words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringside::evaluator {

enum class Signal {
  kReason,       // because, so that, ...
  kTradeOff,     // alternative, cost, on the other hand, ...
  kUncertainty,  // not sure, I believe, ...
  kExperience,   // I trained, in production, ...
  kData,         // data, labels, samples
  kDeployment,   // latency, serving, cost, memory budget
  kQuadratic,    // cost of attention in the length
  kDecoupled,    // weight decay apart from the gradient
  kTransformer,  // proposes one
  kPseudocode,   // "pseudocode", "something like", "..."
  kCode,         // def, import, return
  kConnection,   // as with, same problem, similar to, relates to
};

// The words of `text` that show it, as they stand there (at most 100 bytes, whole characters); nullopt: not
// seen.
std::optional<std::string> Seen(Signal signal, std::string_view text);

// Is this a question back rather than an answer: ends with a question mark, short, and every sentence a
// question?
bool IsClarification(std::string_view text);

// Of the text from `begin` to `end` at most `bytes`, and then " ..." after a whole word; whole UTF-8
// characters, one line.
std::string Excerpt(std::string_view text, size_t begin, size_t end, size_t bytes);

}  // namespace ringside::evaluator
