#include "evaluator/text/word_lists.h"

#include <algorithm>
#include <iterator>

namespace ringside::text {
namespace {

// All lists are sorted: they are searched in halves.
constexpr std::string_view kFunctionWords[] = {
    "a",        "about",      "above",     "across",    "actually",   "after",       "again",     "against",
    "ago",      "ain't",      "all",       "almost",    "along",      "already",     "also",      "although",
    "always",   "am",         "among",     "an",        "and",        "another",     "any",       "are",
    "aren't",   "around",     "as",        "at",        "away",       "basically",   "be",        "because",
    "been",     "before",     "being",     "below",     "beside",     "between",     "both",      "but",
    "by",       "can",        "can't",     "cannot",    "could",      "couldn't",    "despite",   "did",
    "didn't",   "do",         "does",      "doesn't",   "doing",      "don't",       "done",      "down",
    "during",   "each",       "either",    "else",      "especially", "etc",         "even",      "ever",
    "every",    "few",        "for",       "from",      "further",    "furthermore", "generally", "get",
    "gets",     "given",      "had",       "hadn't",    "has",        "hasn't",      "have",      "haven't",
    "having",   "he",         "hence",     "her",       "here",       "hers",        "him",       "his",
    "how",      "however",    "i",         "i'd",       "i'll",       "i'm",         "i've",      "if",
    "in",       "indeed",     "instead",   "into",      "is",         "isn't",       "it",        "it's",
    "its",      "itself",     "just",      "let",       "let's",      "like",        "many",      "may",
    "maybe",    "me",         "might",     "more",      "moreover",   "most",        "much",      "must",
    "my",       "namely",     "neither",   "never",     "no",         "nor",         "not",       "now",
    "of",       "off",        "often",     "on",        "once",       "one",         "only",      "onto",
    "or",       "other",      "others",    "otherwise", "our",        "ours",        "out",       "over",
    "own",      "per",        "perhaps",   "quite",     "rather",     "really",      "same",      "shall",
    "she",      "should",     "shouldn't", "simply",    "since",      "so",          "some",      "something",
    "still",    "such",       "than",      "that",      "that's",     "the",         "their",     "theirs",
    "them",     "themselves", "then",      "there",     "there's",    "therefore",   "these",     "they",
    "they're",  "this",       "those",     "though",    "through",    "thus",        "till",      "to",
    "together", "too",        "toward",    "towards",   "under",      "unless",      "until",     "up",
    "upon",     "us",         "usually",   "very",      "via",        "was",         "wasn't",    "we",
    "we're",    "well",       "were",      "weren't",   "what",       "whatever",    "when",      "whenever",
    "where",    "whereas",    "whether",   "which",     "while",      "who",         "whom",      "whose",
    "why",      "will",       "with",      "within",    "without",    "won't",       "would",     "wouldn't",
    "yet",      "you",        "you're",    "your",      "yours",
};

constexpr std::string_view kNegators[] = {
    "ain't",  "aren't",  "arent",   "barely",  "can't",   "cannot",  "cant",     "couldn't",  "didn't",
    "didnt",  "doesn't", "doesnt",  "don't",   "dont",    "hadn't",  "hardly",   "hasn't",    "haven't",
    "isn't",  "isnt",    "lack",    "lacking", "lacks",   "mustn't", "neither",  "never",     "no",
    "nobody", "none",    "nor",     "not",     "nothing", "nowhere", "scarcely", "shouldn't", "unable",
    "wasn't", "wasnt",   "weren't", "without", "won't",   "wont",    "wouldn't", "wouldnt",
};

constexpr std::string_view kClauseOpeners[] = {
    "although", "because", "but",   "hence", "however", "if",      "since", "so",    "therefore", "though",
    "thus",     "unless",  "until", "when",  "where",   "whereas", "which", "while", "yet",
};

constexpr std::string_view kAbbreviations[] = {
    "al",  "approx", "ca", "cf",   "dr", "e.g", "eg",   "eq",  "etc",
    "fig", "i.e",    "ie", "incl", "mr", "ms",  "resp", "sec", "vs",
};

template <size_t n>
constexpr bool Sorted(const std::string_view (&list)[n]) {
  return std::is_sorted(std::begin(list), std::end(list));
}
static_assert(Sorted(kFunctionWords) && Sorted(kNegators) && Sorted(kClauseOpeners) &&
              Sorted(kAbbreviations));

template <size_t n>
bool Contains(const std::string_view (&list)[n], std::string_view word) {
  return std::binary_search(std::begin(list), std::end(list), word);
}

}  // namespace

bool IsFunctionWord(std::string_view lower) {
  return Contains(kFunctionWords, lower);
}
bool IsNegator(std::string_view lower) {
  return Contains(kNegators, lower);
}
bool OpensClause(std::string_view lower) {
  return Contains(kClauseOpeners, lower);
}
bool IsAbbreviation(std::string_view lower) {
  return Contains(kAbbreviations, lower);
}

}  // namespace ringside::text
