#include "evaluator/claims/units.h"

#include <cmath>

namespace ringside::claims {
namespace {

struct Prefix {
  char letter;
  double decimal, binary;
};
constexpr Prefix kPrefixes[] = {
    {'K', 1e3, 1024.0},           {'M', 1e6, 1048576.0},           {'G', 1e9, 1073741824.0},
    {'T', 1e12, 1099511627776.0}, {'P', 1e15, 1125899906842624.0}, {'E', 1e18, 1152921504606846976.0}};
const Prefix* FindPrefix(char c) {
  for (const Prefix& prefix : kPrefixes) {
    if (prefix.letter == c || (c == 'k' && prefix.letter == 'K') || (c == 'm' && prefix.letter == 'M'))
      return &prefix;
  }
  return nullptr;
}

bool AnyOf(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const std::string_view w : words) {
    if (w == word) return true;
  }
  return false;
}

// "GB", "GiB", "Gbit", "Gb", "Gbps", "GBps", "bytes" as it is written.
bool BytesUnit(std::string_view written, UnitValue* unit, bool* per_second) {
  double scale = 1;
  bool binary = false;
  std::string_view rest = written;
  if (const Prefix* prefix = FindPrefix(written[0]); prefix != nullptr && written.size() > 1) {
    rest = written.substr(1);
    const bool iec = rest.size() > 1 && rest[0] == 'i';
    if (iec) rest.remove_prefix(1);
    scale = iec ? prefix->binary : prefix->decimal;
    binary = !iec && prefix->letter != 'E';
  }
  *per_second = false;
  if (rest.ends_with("ps") && rest.size() > 2) *per_second = true, rest.remove_suffix(2);
  const bool with_prefix = rest.size() != written.size();
  const bool bytes = (rest == "B" && with_prefix) || AnyOf(rest, {"byte", "bytes", "Byte", "Bytes"});
  const bool bits = (rest == "b" && with_prefix) || AnyOf(rest, {"bit", "bits", "Bit"});
  const bool lazy = with_prefix && written.size() == 2 && rest == "b";  // "gb" all in small letters
  if (!bytes && !bits) return false;
  unit->unit = *per_second ? Unit::kBytesPerSecond : Unit::kBytes;
  const bool small = lazy && (written[0] == 'g' || written[0] == 'm' || written[0] == 't');
  unit->scale = bits && !small ? scale / 8 : scale;
  unit->binary = bytes && binary && !*per_second;
  return true;
}

bool FlopsUnit(std::string_view written, bool* upper, double* scale) {
  *scale = 1;
  std::string_view rest = written;
  if (rest.size() > 4) {
    if (const Prefix* prefix = FindPrefix(rest[0]); prefix != nullptr && (rest[1] | 0x20) == 'f') {
      *scale = prefix->decimal;
      rest.remove_prefix(1);
    }
  }
  *upper = rest.ends_with("S") && rest != "FLOP";
  return AnyOf(rest, {"FLOP", "FLOPs", "FLOPS", "flop", "flops", "Flop", "Flops"});
}

double SecondsOf(std::string_view lower) {
  if (AnyOf(lower, {"s", "sec", "secs", "second", "seconds"})) return 1;
  if (AnyOf(lower, {"ms", "msec", "millisecond", "milliseconds"})) return 1e-3;
  if (AnyOf(lower, {"us", "microsecond", "microseconds"})) return 1e-6;
  if (AnyOf(lower, {"ns", "nanosecond", "nanoseconds"})) return 1e-9;
  if (AnyOf(lower, {"min", "mins", "minute", "minutes"})) return 60;
  if (AnyOf(lower, {"h", "hr", "hrs", "hour", "hours"})) return 3600;
  if (AnyOf(lower, {"day", "days"})) return 86400;
  if (AnyOf(lower, {"week", "weeks"})) return 7 * 86400.0;
  if (AnyOf(lower, {"month", "months"})) return 30.4 * 86400;
  if (AnyOf(lower, {"year", "years"})) return 365.25 * 86400;
  return 0;
}

double MagnitudeOf(std::string_view written, std::string_view lower, bool glued) {
  if (lower == "thousand") return 1e3;
  if (AnyOf(lower, {"million", "mio", "mn"})) return 1e6;
  if (AnyOf(lower, {"billion", "bn"})) return 1e9;
  if (lower == "trillion") return 1e12;
  if (!glued && !AnyOf(written, {"M", "B", "T"})) return 0;
  if (written == "k" || written == "K") return 1e3;
  if (written == "M" || written == "m") return glued || written == "M" ? 1e6 : 0;
  if (written == "B" || (written == "b" && glued)) return 1e9;
  if (written == "T") return 1e12;
  return 0;
}

class Reader {
 public:
  Reader(const std::vector<Lexeme>& lexemes, uint32_t at, std::string_view text, Figure* figure)
      : lex_(lexemes), at_(at), text_(text), fig_(*figure) {}

  uint32_t Run() {
    fig_.units = {{Unit::kCount, 1, false}};
    if (Sign('%') || Word({"percent", "percentage"})) return Percent(1);
    if (Word({"per"}) && At(1) != nullptr && At(1)->Is("cent")) return Percent(2);
    Magnitude();
    if (Times()) return at_;
    UnitWord();
    PerSomething();
    return at_;
  }

 private:
  const Lexeme* At(uint32_t offset) const {
    return at_ + offset < lex_.size() ? &lex_[at_ + offset] : nullptr;
  }
  bool Sign(char c) const { return At(0) != nullptr && At(0)->IsSign(c); }
  bool Word(std::initializer_list<std::string_view> words) const {
    return At(0) != nullptr && At(0)->kind == LexKind::kWord && AnyOf(At(0)->lower, words);
  }
  std::string_view Written(uint32_t offset) const {
    const Lexeme& lexeme = lex_[at_ + offset];
    return text_.substr(lexeme.begin, lexeme.end - lexeme.begin);
  }

  uint32_t Percent(uint32_t lexemes) {
    fig_.form = FigureForm::kPercent;
    fig_.has_unit = true;
    fig_.units = {{Unit::kRatio, 0.01, false}};
    return at_ += lexemes;
  }

  void Magnitude() {
    if (At(0) == nullptr || At(0)->kind != LexKind::kWord) return;
    const std::string_view written = Written(0);
    const double magnitude = MagnitudeOf(written, At(0)->lower, At(0)->glued);
    if (magnitude == 0) return;
    if (written == "T" && !At(0)->glued && !(At(1) != nullptr && At(1)->lower.starts_with("token"))) return;
    fig_.magnitude = true;
    if (written == "B" || written == "b") {
      const UnitValue bytes{Unit::kBytes, 1, false}, billion{Unit::kCount, 1e9, false};
      if (At(0)->glued) {
        fig_.units = {billion, bytes};
      } else {
        fig_.units = {bytes, billion};
      }
    } else {
      fig_.units = {{Unit::kCount, magnitude, false}};
    }
    ++at_;
    // "6.7 billion bytes"
    if (Word({"byte", "bytes"})) fig_.units = {{Unit::kBytes, magnitude, false}}, fig_.has_unit = true, ++at_;
  }

  bool Times() {
    if (fig_.magnitude) return false;
    const bool next_number = At(1) != nullptr && (At(1)->kind == LexKind::kNumber || At(1)->IsSign('('));
    const bool axis = At(1) != nullptr && AnyOf(At(1)->lower, {"tp", "dp", "pp", "cp", "ep"});
    if (axis && At(2) != nullptr && At(2)->kind == LexKind::kNumber) return false;
    const bool x = Word({"x"}) || Sign('*');
    if (x && next_number) return false;
    if (x ? At(0)->glued || Sign('*') : Word({"times", "fold", "xs"})) {
      if (!x && next_number && At(0)->lower == "times") return false;
      if (x && !At(0)->glued && !EndsPhrase(1)) return false;
      fig_.form = FigureForm::kTimes;
      fig_.has_unit = true;
      fig_.units = {{Unit::kRatio, 1, false}};
      ++at_;
      return true;
    }
    return false;
  }
  bool EndsPhrase(uint32_t offset) const {
    const Lexeme* next = At(offset);
    return next == nullptr || next->kind != LexKind::kNumber;
  }

  bool PerSecond(uint32_t offset) const {
    const Lexeme* a = At(offset);
    const Lexeme* b = At(offset + 1);
    if (a == nullptr || b == nullptr || b->kind != LexKind::kWord) return false;
    const bool per = a->IsSign('/') || a->Is("per") || a->Is("a") || a->Is("each") || a->Is("every");
    if (!per) return false;
    return AnyOf(b->lower, {"s", "sec", "second"});
  }

  void Set(Unit unit, double scale, bool binary, uint32_t lexemes) {
    const double magnitude = fig_.magnitude ? fig_.units[0].scale : 1;
    fig_.units = {{unit, scale * magnitude, binary}};
    fig_.has_unit = true;
    at_ += lexemes;
  }

  void UnitWord() {
    if (At(0) == nullptr || At(0)->kind != LexKind::kWord) return;
    const std::string_view written = Written(0), lower = At(0)->lower;
    if (AnyOf(lower, {"token", "tokens", "tok", "toks"})) {
      if (PerSecond(1)) return Set(Unit::kTokensPerSecond, 1, false, 3);
      return;
    }
    if (AnyOf(lower, {"usd", "dollar", "dollars", "bucks"})) return Set(Unit::kUsd, 1, false, 1);
    if (lower == "tps") return Set(Unit::kTokensPerSecond, 1, false, 1);
    UnitValue bytes;
    bool per_second = false;
    if (BytesUnit(written, &bytes, &per_second)) {
      if (!per_second && PerSecond(1)) return Set(Unit::kBytesPerSecond, bytes.scale, false, 3);
      return Set(bytes.unit, bytes.scale, bytes.binary, 1);
    }
    if (written == "B" && fig_.magnitude) return;
    bool upper = false;
    double scale = 1;
    if (FlopsUnit(written, &upper, &scale)) {
      if (PerSecond(1)) return Set(Unit::kFlopsPerSecond, scale, false, 3);
      Set(upper ? Unit::kFlopsPerSecond : Unit::kFlops, scale, false, 1);
      fig_.units.push_back({upper ? Unit::kFlops : Unit::kFlopsPerSecond, fig_.units[0].scale, false});
      return;
    }
    if (const double seconds = SecondsOf(lower); seconds > 0 && !(lower == "s" && fig_.magnitude)) {
      return Set(Unit::kSeconds, seconds, false, 1);
    }
  }

  // "/GPU", "/param", "bytes per parameter".
  void PerSomething() {
    if (!fig_.has_unit || At(0) == nullptr || At(1) == nullptr || At(1)->kind != LexKind::kWord) return;
    const bool per =
        At(0)->IsSign('/') || At(0)->Is("per") || At(0)->Is("each") || At(0)->Is("every") || At(0)->Is("a");
    if (!per) return;
    const std::string_view noun = At(1)->lower;
    Scope scope = Scope::kNone;
    if (AnyOf(noun, {"parameter", "param", "parameters", "weight"})) scope = Scope::kParameter;
    if (AnyOf(noun, {"gpu", "rank", "device", "accelerator", "card", "gpus"})) scope = Scope::kRank;
    if (noun == "token") scope = Scope::kToken;
    if (scope == Scope::kNone) return;
    if (scope == Scope::kParameter || At(0)->IsSign('/')) fig_.unit_scope = scope, at_ += 2;
  }

  const std::vector<Lexeme>& lex_;
  uint32_t at_;
  const std::string_view text_;
  Figure& fig_;
};

}  // namespace

uint32_t ParseUnit(const std::vector<Lexeme>& lexemes, uint32_t at, std::string_view text, Figure* figure) {
  return Reader(lexemes, at, text, figure).Run();
}

}  // namespace ringside::claims
