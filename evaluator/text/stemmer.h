// Stems of English words: Snowball's "english" algorithm (Porter 2) of libstemmer, after British spellings
// were made American ("normalisation", "colour").
#pragma once

#include <string>
#include <string_view>

struct sb_stemmer;

namespace ringside::text {

// One thread at a time; a few microseconds to make.
class Stemmer {
 public:
  Stemmer();
  ~Stemmer();
  Stemmer(const Stemmer&) = delete;
  Stemmer& operator=(const Stemmer&) = delete;

  // `lower` in lower case. Words of more than 64 bytes are their own stem.
  std::string Stem(std::string_view lower);

 private:
  sb_stemmer* const stemmer_;
};

}  // namespace ringside::text
