#include "evaluator/text/stemmer.h"

#include <libstemmer.h>

#include "base/check.h"

namespace ringside::text {
namespace {

constexpr size_t kMaxWord = 64;

void Replace(std::string_view from, std::string_view to, std::string* word) {
  if (const size_t at = word->rfind(from); at != std::string::npos) word->replace(at, from.size(), to);
}

bool EndsWith(std::string_view word, std::string_view ending) {
  return word.size() >= ending.size() && word.substr(word.size() - ending.size()) == ending;
}

// Also changes words that were right ("exercise"), the same way on both sides of every comparison.
void Americanize(std::string* word) {
  if (word->size() < 6) return;
  for (std::string_view ending : {"ise", "ised", "ises", "ising", "isation", "isations", "iser", "isers"}) {
    if (word->size() >= ending.size() + 4 && EndsWith(*word, ending)) {
      (*word)[word->size() - ending.size() + 1] = 'z';
      return;
    }
  }
  for (std::string_view ending : {"yse", "ysed", "yses", "ysing"}) {
    if (EndsWith(*word, ending)) {
      (*word)[word->size() - ending.size() + 1] = 'z';
      return;
    }
  }
  for (std::string_view stem : {"colour", "behaviour", "neighbour", "favour"}) {
    if (word->compare(0, stem.size(), stem) == 0) {
      Replace("our", "or", word);
      return;
    }
  }
  if (word->compare(0, 5, "centr") == 0 && EndsWith(*word, "re")) Replace("re", "er", word);
  if (EndsWith(*word, "elling") || EndsWith(*word, "elled")) Replace("ell", "el", word);
}

}  // namespace

Stemmer::Stemmer() : stemmer_(sb_stemmer_new("english", nullptr)) {
  RINGSIDE_CHECK(stemmer_ != nullptr);
}
Stemmer::~Stemmer() {
  sb_stemmer_delete(stemmer_);
}

std::string Stemmer::Stem(std::string_view lower) {
  std::string word(lower);
  if (word.size() > kMaxWord) return word;
  Americanize(&word);
  const sb_symbol* stem = sb_stemmer_stem(stemmer_, reinterpret_cast<const sb_symbol*>(word.data()),
                                          static_cast<int>(word.size()));
  if (stem == nullptr) return word;
  return std::string(reinterpret_cast<const char*>(stem), static_cast<size_t>(sb_stemmer_length(stemmer_)));
}

}  // namespace ringside::text
