#include "evaluator/claims/formula.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "evaluator/claims/derive.h"

namespace ringside::claims {
namespace {

constexpr size_t kMaxNodes = 64;      // of a side
constexpr size_t kMaxReadings = 512;  // of letters and units together
constexpr int kMaxDepth = 16;         // of brackets

struct Node {
  enum class Kind : uint8_t { kNumber, kLetter, kOperator } kind = Kind::kNumber;
  std::vector<double> values;  // readings
  double relative = 0;         // half of the last digit, over the value
  double written = 0;          // as it stands, without its unit
  bool scaled = false;         // by a unit or a magnitude
  std::string letter;
  char op = 0;
};

struct Side {
  std::vector<Node> nodes;  // reverse Polish
  uint32_t first = 0, last = 0;
  bool computed = false;  // has an operator or a letter
  bool approximate = false;
  std::optional<Figure> figure;  // it is one figure, or a fraction of two
};

bool IsAxis(const Lexeme& lexeme) {
  for (const std::string_view axis : {"tp", "dp", "pp", "cp", "ep"}) {
    if (lexeme.Is(axis)) return true;
  }
  return false;
}
bool IsLetter(const Lexeme& lexeme) {
  return lexeme.kind == LexKind::kWord && (lexeme.lower.size() == 1 || lexeme.Is("psi")) &&
         lexeme.lower[0] >= 'a' && lexeme.lower[0] <= 'z';
}

// What a letter can mean in this plan.
std::vector<double> ReadingsOf(const std::string& letter, const PlanShape& s) {
  const double params = ModelParameters(s);
  if (letter == "tp" || letter == "t") return {double(s.tp), double(s.seq_len)};
  if (letter == "dp" || letter == "d") return {double(s.dp), double(s.hidden) / s.heads};
  if (letter == "pp") return {double(s.pp)};
  if (letter == "cp") return {double(s.cp)};
  if (letter == "ep") return {double(s.ep)};
  if (letter == "p") return {double(s.pp), params, double(s.dp), double(s.tp)};
  if (letter == "m") return {double(s.micro_batches), double(s.micro_batches) * s.chunks};
  if (letter == "n") return {double(s.dp), double(s.tp), double(s.ranks()), params, double(s.replicas())};
  if (letter == "b") return {double(s.micro_batch), double(s.global_batch())};
  if (letter == "s") return {double(s.seq_len), double(s.pp)};
  if (letter == "h") return {double(s.hidden), double(s.heads)};
  if (letter == "l") return {double(s.layers), double(s.layers) / s.pp};
  if (letter == "v") return {double(s.vocab), double(s.chunks)};
  if (letter == "a") return {double(s.heads)};
  if (letter == "psi") return {params};
  return {};
}

class Parser {
 public:
  Parser(const std::vector<Lexeme>& lexemes, std::string_view text) : lex_(lexemes), text_(text) {}

  bool ParseSide(uint32_t at, Side* side) {
    at_ = at;
    side_ = side;
    side->first = at;
    if (!Sum(0)) return false;
    side->last = at_;
    return side->nodes.size() <= kMaxNodes;
  }

 private:
  const Lexeme* At(uint32_t offset = 0) const {
    return at_ + offset < lex_.size() ? &lex_[at_ + offset] : nullptr;
  }
  void Operator(char op) {
    Node node;
    node.kind = Node::Kind::kOperator, node.op = op;
    side_->nodes.push_back(std::move(node));
    side_->computed = true;
    side_->figure.reset();
  }

  // Whether an operand begins at `offset`.
  bool Begins(uint32_t offset) const {
    const Lexeme* lexeme = At(offset);
    if (lexeme == nullptr) return false;
    return lexeme->kind == LexKind::kNumber || lexeme->IsSign('(') || IsAxis(*lexeme) || IsLetter(*lexeme);
  }

  bool Sum(int depth) {
    if (!Product(depth)) return false;
    while (At() != nullptr && (At()->IsSign('+') || At()->IsSign('-')) && Begins(1)) {
      // "40-50 %" is a range.
      if (At()->IsSign('-') && depth == 0 && At(1)->kind == LexKind::kNumber &&
          lex_[at_ - 1].kind == LexKind::kNumber) {
        break;
      }
      const char op = At()->sign;
      ++at_;
      if (!Product(depth)) return false;
      Operator(op);
    }
    return true;
  }

  bool Product(int depth) {
    if (!Power(depth)) return false;
    while (At() != nullptr) {
      char op = 0;
      uint32_t taken = 1;
      if (At()->IsSign('*') || (At()->Is("x") && Begins(1))) op = '*';
      if (At()->IsSign('/')) op = '/';
      if (At()->Is("times") && At(1) != nullptr && (At(1)->kind == LexKind::kNumber || IsAxis(*At(1))))
        op = '*';
      if (At()->IsSign('(') && At()->glued && at_ > 0 && lex_[at_ - 1].kind == LexKind::kNumber)
        op = '*', taken = 0;
      if (op == 0 || (taken == 1 && !Begins(1))) break;
      at_ += taken;
      if (!Power(depth)) return false;
      Operator(op);
    }
    return true;
  }

  bool Power(int depth) {
    if (!Operand(depth)) return false;
    if (At() != nullptr && At()->IsSign('^') && Begins(1)) {
      ++at_;
      if (!Operand(depth)) return false;
      Operator('^');
    }
    return true;
  }

  bool Operand(int depth) {
    if (At() == nullptr || depth > kMaxDepth || side_->nodes.size() > kMaxNodes) return false;
    if (At()->IsSign('(')) {
      ++at_;
      if (!Sum(depth + 1)) return false;
      if (At() == nullptr || !At()->IsSign(')')) return false;
      ++at_;
      return true;
    }
    const bool axis = IsAxis(*At());
    if (axis && At(1) != nullptr && At(1)->kind == LexKind::kNumber) ++at_;  // "tp 8" is 8
    if (At()->kind == LexKind::kNumber) return Number();
    if (!IsLetter(*At()) && !axis) return false;
    Node node;
    node.kind = Node::Kind::kLetter, node.letter = std::string(At()->lower);
    side_->nodes.push_back(std::move(node));
    side_->computed = true;
    ++at_;
    return true;
  }

  bool Number() {
    Figure figure;
    if (!ParseFigure(lex_, at_, text_, &figure)) return false;
    Node node;
    for (size_t i = 0; i < figure.units.size(); ++i) {
      node.values.push_back(figure.Value(i));
      if (figure.units[i].binary)
        node.values.push_back(figure.Value(i) * BinaryFactor(figure.units[i].scale));
    }
    node.written = figure.number,
    node.scaled = figure.units[0].scale != 1 && figure.form == FigureForm::kPlain;
    if (figure.number != 0) node.relative = 0.5 * figure.step / std::fabs(figure.number);
    // Whole numbers as they are: 16 bytes, 8 ranks.
    if (figure.step == 1 && figure.number < 1000) node.relative = 0;
    if (side_->nodes.empty()) side_->figure = figure;
    const uint32_t next = figure.last;
    side_->nodes.push_back(std::move(node));
    at_ = std::max(next, at_ + 1);
    SkipNoun();
    return true;
  }
  static double BinaryFactor(double scale) {
    for (double decimal = 1e3, binary = 1024; decimal < 1e17; decimal *= 1e3, binary *= 1024) {
      if (scale == decimal) return binary / decimal;
    }
    return 1;
  }
  // "4 stages x 2 GPUs": a noun that an operator follows.
  void SkipNoun() {
    if (At() == nullptr || At()->kind != LexKind::kWord || At()->Is("x") || At()->Is("times") ||
        At(1) == nullptr)
      return;
    const bool times = At(1)->Is("times") && At(2) != nullptr && At(2)->kind == LexKind::kNumber;
    const bool op = At(1)->IsSign('*') || (At(1)->Is("x") && Begins(2)) || times;
    if (op && Begins(2)) ++at_;
  }

  const std::vector<Lexeme>& lex_;
  const std::string_view text_;
  uint32_t at_ = 0;
  Side* side_ = nullptr;
};

// NaN: no such value.
double Evaluate(const Side& side, const std::vector<double>& numbers, size_t* at,
                const std::map<std::string, double>& letters) {
  double stack[kMaxNodes + 1];
  size_t size = 0;
  for (const Node& node : side.nodes) {
    if (node.kind == Node::Kind::kNumber) {
      stack[size++] = numbers[(*at)++];
    } else if (node.kind == Node::Kind::kLetter) {
      stack[size++] = letters.at(node.letter);
    } else {
      const double b = stack[--size], a = stack[--size];
      stack[size++] = node.op == '+'   ? a + b
                      : node.op == '-' ? a - b
                      : node.op == '*' ? a * b
                      : node.op == '/' ? a / b
                                       : std::pow(a, b);
    }
  }
  return stack[0];
}

// Goes through all readings of a chain and keeps the one that fits best.
class Checker {
 public:
  Checker(const std::vector<Side>& sides, const PlanShape* shape) : sides_(sides) {
    for (const Side& side : sides) {
      for (const Node& node : side.nodes) {
        if (node.kind == Node::Kind::kNumber) {
          choices_.push_back(node.values);
          relative_ += node.relative;
        }
        if (node.kind != Node::Kind::kLetter || letters_.contains(node.letter)) continue;
        letters_[node.letter] = shape != nullptr ? ReadingsOf(node.letter, *shape) : std::vector<double>();
        known_ &= !letters_[node.letter].empty();
      }
    }
  }

  bool known() const { return known_; }
  double tolerance() const { return std::max(0.015, 1.05 * relative_); }

  void Run(Formula* formula) {
    std::map<std::string, double> letters;
    Letters(letters_.begin(), &letters, formula);
  }
  std::optional<double> single() const {
    return values_.size() == 1 ? std::optional<double>(values_.front()) : std::nullopt;
  }

 private:
  void Letters(std::map<std::string, std::vector<double>>::const_iterator next,
               std::map<std::string, double>* letters, Formula* formula) {
    if (next == letters_.end()) return Numbers(*letters, formula);
    for (const double value : next->second) {
      (*letters)[next->first] = value;
      Letters(std::next(next), letters, formula);
    }
  }
  void Numbers(const std::map<std::string, double>& letters, Formula* formula) {
    std::vector<size_t> pick(choices_.size(), 0);
    std::vector<double> numbers(choices_.size());
    while (readings_ < kMaxReadings) {
      ++readings_;
      for (size_t i = 0; i < pick.size(); ++i) numbers[i] = choices_[i][pick[i]];
      Try(numbers, letters, formula);
      size_t i = 0;
      while (i < pick.size() && ++pick[i] == choices_[i].size()) pick[i++] = 0;
      if (i == pick.size()) break;
    }
  }
  void Try(const std::vector<double>& numbers, const std::map<std::string, double>& letters,
           Formula* formula) {
    size_t at = 0;
    double first = 0, worst = 0, other = 0;
    for (size_t i = 0; i < sides_.size(); ++i) {
      const double value = Evaluate(sides_[i], numbers, &at, letters);
      if (!std::isfinite(value)) return;
      if (i == 0) {
        first = other = value;
        if (std::find(values_.begin(), values_.end(), value) == values_.end()) values_.push_back(value);
        continue;
      }
      const double off =
          first == value ? 0 : std::fabs(first - value) / std::max(std::fabs(first), std::fabs(value));
      if (off >= worst) worst = off, other = value;
    }
    if (best_ >= 0 && worst >= best_) return;
    best_ = worst;
    formula->computed = first, formula->stated = other;
    formula->right = worst <= (formula->approximate ? std::max(0.1, tolerance()) : tolerance());
  }

  const std::vector<Side>& sides_;
  std::map<std::string, std::vector<double>> letters_;
  std::vector<std::vector<double>> choices_;
  std::vector<double> values_;  // of the first side, distinct
  double relative_ = 0, best_ = -1;
  bool known_ = true;
  size_t readings_ = 0;
};

// `words`: also "is", "makes", behind what is plainly a product or a sum.
bool IsEquals(const std::vector<Lexeme>& lexemes, bool words, uint32_t* at, bool* approximate) {
  if (*at >= lexemes.size()) return false;
  const Lexeme& sign = lexemes[*at];
  if (words && (sign.Is("is") || sign.Is("makes") || sign.Is("gives") || sign.Is("equals") ||
                sign.Is("make") || sign.Is("give") || sign.Is("are"))) {
    *approximate = false;
    ++*at;
    while (*at < lexemes.size() &&
           (lexemes[*at].Is("about") || lexemes[*at].Is("roughly") || lexemes[*at].IsSign('~'))) {
      *approximate = true;
      ++*at;
    }
    return *at < lexemes.size() && lexemes[*at].kind == LexKind::kNumber;
  }
  if (!lexemes[*at].IsSign('=') && !lexemes[*at].IsSign('~')) return false;
  *approximate = lexemes[*at].IsSign('~');
  ++*at;
  while (*at < lexemes.size()) {
    const Lexeme& lexeme = lexemes[*at];
    if (!lexeme.IsSign('~') && !lexeme.IsSign('=') && !lexeme.Is("about") && !lexeme.Is("roughly") &&
        !lexeme.Is("approximately")) {
      break;
    }
    *approximate |= !lexeme.IsSign('=');
    ++*at;
  }
  return true;
}

// "3/19": a fraction of two numbers is a figure by itself.
std::optional<Figure> FigureOf(const Side& side, const std::vector<Lexeme>& lexemes) {
  if (side.figure.has_value()) {
    Figure figure = *side.figure;
    figure.last = side.last;
    if (side.nodes.size() == 1) figure.last = side.figure->last;
    return figure;
  }
  if (side.nodes.size() != 3 || side.nodes[2].op != '/' || side.nodes[0].kind != Node::Kind::kNumber ||
      side.nodes[1].kind != Node::Kind::kNumber) {
    return std::nullopt;
  }
  const double a = side.nodes[0].values[0], b = side.nodes[1].values[0];
  if (b == 0 || a != std::floor(a) || b != std::floor(b) || a > 1e6 || b > 1e6) return std::nullopt;
  Figure figure;
  figure.first = side.first, figure.last = side.last;
  figure.begin = lexemes[side.first].begin, figure.end = lexemes[side.last - 1].end;
  figure.number = a / b, figure.form = FigureForm::kFraction;
  figure.units = {{Unit::kRatio, 1, false}};
  figure.bound_first = figure.first;
  return figure;
}

}  // namespace

std::optional<Formula> ParseFormula(const std::vector<Lexeme>& lexemes, uint32_t at, std::string_view text,
                                    const PlanShape* shape) {
  Parser parser(lexemes, text);
  std::vector<Side> sides(1);
  if (!parser.ParseSide(at, &sides[0])) return std::nullopt;
  Formula formula;
  uint32_t next = sides[0].last;
  bool approximate = false;
  while (sides.size() < 6) {
    uint32_t after = next;
    Side side;
    const bool words = sides[0].nodes.size() > 2 && sides.size() == 1;
    if (!IsEquals(lexemes, words, &after, &approximate) || after >= lexemes.size() ||
        !parser.ParseSide(after, &side))
      break;
    next = side.last;
    formula.approximate |= approximate;
    sides.push_back(std::move(side));
  }
  // "2 * 3/4 * 13.75 = 20.6 MB": the unit of the one side holds for the other.
  const auto scaled = [](const Side& side) {
    return std::any_of(side.nodes.begin(), side.nodes.end(), [](const Node& node) { return node.scaled; });
  };
  const auto letters = [](const Side& side) {
    return std::any_of(side.nodes.begin(), side.nodes.end(),
                       [](const Node& node) { return node.kind == Node::Kind::kLetter; });
  };
  if (sides.size() == 2 && scaled(sides[0]) != scaled(sides[1]) && !letters(sides[0]) && !letters(sides[1])) {
    for (Side& side : sides) {
      for (Node& node : side.nodes) {
        if (node.scaled) node.values.push_back(node.written);
      }
    }
  }
  bool computed = false;
  for (const Side& side : sides) {
    computed |= side.computed;
    for (const Node& node : side.nodes) formula.has_letters |= node.kind == Node::Kind::kLetter;
  }
  // A lone number or letter is no formula; "tp = 8" is a setting.
  const bool operators =
      std::any_of(sides.begin(), sides.end(), [](const Side& s) { return s.nodes.size() > 1; });
  if (!computed || !operators) return std::nullopt;
  formula.first = at, formula.last = next;
  formula.begin = lexemes[at].begin, formula.end = lexemes[next - 1].end;
  formula.sides = static_cast<int>(sides.size());
  formula.result = FigureOf(sides.back(), lexemes);
  if (formula.result.has_value() && formula.approximate) formula.result->relation = v1::CLAIM_RELATION_ABOUT;
  Checker checker(sides, shape);
  if (!checker.known()) return formula;
  formula.tolerance = checker.tolerance();
  checker.Run(&formula);
  formula.checked = sides.size() > 1;
  if (sides.size() == 1) formula.value = checker.single();
  return formula;
}

}  // namespace ringside::claims
