#include "evaluator/theory/general_words.h"

#include <string>
#include <unordered_set>

#include "evaluator/text/stemmer.h"

namespace ringside::theory {
namespace {

constexpr std::string_view kGeneralWords[] = {
    "able",       "according", "answer",     "ask",          "become",    "begin",     "better",
    "call",       "case",      "cause",      "certain",      "change",    "come",      "consider",
    "contain",    "course",    "create",     "describe",     "depend",    "different", "difference",
    "easy",       "effect",    "end",        "ensure",       "example",   "explain",   "fact",
    "find",       "first",     "follow",     "give",         "go",        "good",      "great",
    "happen",     "help",      "important",  "include",      "keep",      "kind",      "know",
    "large",      "lead",      "learn",      "look",         "lot",       "make",      "mean",
    "need",       "new",       "number",     "part",         "place",     "point",     "possible",
    "problem",    "provide",   "put",        "question",     "reason",    "result",    "right",
    "say",        "second",    "see",        "seem",         "show",      "small",     "start",
    "step",       "sure",      "take",       "tell",         "thing",     "think",     "time",
    "try",        "type",      "understand", "use",          "want",      "way",       "word",
    "work",       "lecture",   "simple",     "mention",      "necessary", "case",      "state",
    "two",        "three",     "therefore",  "additionally", "finally",   "example",   "instance",
    "especially", "main",      "common",     "general",      "allow",     "require",   "order",
    "regard",     "based",     "due",        "whole",
};

}  // namespace

bool IsGeneralStem(std::string_view stem) {
  static const std::unordered_set<std::string> stems = [] {
    std::unordered_set<std::string> made;
    text::Stemmer stemmer;
    for (std::string_view word : kGeneralWords) made.insert(stemmer.Stem(word));
    return made;
  }();
  return stems.contains(std::string(stem));
}

}  // namespace ringside::theory
