#include "evaluator/claims/claim_builder.h"

#include <cmath>

#include "evaluator/text/utf8.h"
#include "fmt/format.h"

namespace ringside::claims {
namespace {

std::string Scaled(double value, std::string_view unit) {
  static constexpr struct {
    double scale;
    std::string_view prefix;
  } kPrefixes[] = {{1e18, "E"}, {1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& p : kPrefixes) {
    if (std::fabs(value) >= p.scale) return fmt::format("{:.4g} {}{}", value / p.scale, p.prefix, unit);
  }
  return fmt::format("{:.4g} {}", value, unit);
}

std::string ValidText(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const text::CodePoint c = text::DecodeAt(text, at);
    if (c.valid) {
      out.append(text.substr(at, c.bytes));
    } else {
      out += '?';
    }
    at += c.bytes;
  }
  return out;
}

std::string RelationWords(v1::ClaimRelation relation) {
  switch (relation) {
    case v1::CLAIM_RELATION_ABOUT:
      return "about ";
    case v1::CLAIM_RELATION_AT_LEAST:
      return "at least ";
    case v1::CLAIM_RELATION_AT_MOST:
      return "at most ";
    case v1::CLAIM_RELATION_NOT_EQUAL:
      return "not ";
    default:
      return "";
  }
}

}  // namespace

std::string Shown(double value, Unit unit) {
  switch (unit) {
    case Unit::kCount:
      return std::fabs(value) >= 1e5 ? fmt::format("{:.4g}", value) : fmt::format("{:.6g}", value);
    case Unit::kRatio:
      return value > 0 && value < 1 ? fmt::format("{:.3g} %", 100 * value) : fmt::format("{:.3g}", value);
    case Unit::kBytes:
      return Scaled(value, "B");
    case Unit::kSeconds:
      return value >= 2 * 86400 ? fmt::format("{:.3g} days", value / 86400)
             : value >= 1       ? fmt::format("{:.4g} s", value)
                                : fmt::format("{:.4g} ms", 1e3 * value);
    case Unit::kTokensPerSecond:
      return fmt::format("{:.4g} tokens/s", value);
    case Unit::kFlops:
      return Scaled(value, "FLOP");
    case Unit::kFlopsPerSecond:
      return Scaled(value, "FLOP/s");
    case Unit::kBytesPerSecond:
      return Scaled(value, "B/s");
    case Unit::kUsd:
      return fmt::format("{:.4g} USD", value);
  }
  return "";
}

v1::ClaimEvidence EvidenceOf(const Fact& fact) {
  v1::ClaimEvidence evidence;
  evidence.set_quantity(Describe(fact.quantity, fact.axis, fact.op, fact.scope));
  evidence.set_value(fact.value);
  evidence.set_unit(std::string(Name(fact.unit)));
  evidence.set_origin(fact.origin);
  evidence.set_error(fact.error);
  std::string where(fact.formula);
  if (!fact.where.empty()) where += (where.empty() ? "" : "; ") + fact.where;
  evidence.set_where(where);
  return evidence;
}

v1::Claim PlainClaim(std::string_view text, const ClaimParts& parts) {
  v1::Claim claim;
  claim.mutable_span()->set_begin(static_cast<int>(parts.begin));
  claim.mutable_span()->set_end(static_cast<int>(parts.end));
  claim.set_kind(parts.kind);
  claim.set_text(ValidText(text.substr(parts.begin, parts.end - parts.begin)));
  claim.set_subject(parts.subject);
  claim.set_hypothetical(!parts.under.empty());
  claim.set_under(Describe(parts.under));
  claim.set_verdict(v1::CLAIM_VERDICT_NOT_CHECKABLE);
  return claim;
}

v1::Claim FigureClaim(std::string_view text, const Figure& figure, size_t unit,
                      const std::vector<double>& factors, bool negated, const ClaimParts& parts) {
  v1::Claim claim = PlainClaim(text, parts);
  v1::Span* value = claim.add_values();
  value->set_begin(static_cast<int>(figure.begin));
  value->set_end(static_cast<int>(figure.end));
  claim.set_relation(negated ? v1::CLAIM_RELATION_NOT_EQUAL : figure.relation);
  const Unit kind = factors.empty() ? figure.units[unit].unit : Unit::kRatio;
  claim.set_unit(std::string(Name(kind)));
  claim.set_stated(factors.empty() ? figure.Value(unit) : factors.front());
  const Judgement judgement = Judge(figure, unit, factors, negated, parts.facts);
  if (judgement.fact < 0) {
    claim.set_reason(parts.subject.empty()
                         ? "what this figure is of was not recognised"
                         : fmt::format("nothing is known of {}{}", parts.subject,
                                       parts.under.empty() ? "" : " under " + Describe(parts.under)));
    return claim;
  }
  const Fact& fact = parts.facts[static_cast<size_t>(judgement.fact)];
  claim.set_stated(judgement.stated);
  if (figure.relation == v1::CLAIM_RELATION_BETWEEN) claim.set_stated_high(judgement.stated_high);
  claim.set_verdict(judgement.verdict);
  claim.set_truth(fact.value);
  claim.set_tolerance(judgement.tolerance);
  *claim.add_evidence() = EvidenceOf(fact);
  std::string stated = RelationWords(claim.relation()) + Shown(judgement.stated, kind);
  if (figure.relation == v1::CLAIM_RELATION_BETWEEN) stated += " to " + Shown(judgement.stated_high, kind);
  std::string truth = Shown(fact.value, fact.unit);
  if (fact.lowest() < 0.995 * fact.highest()) {
    truth = Shown(fact.lowest(), fact.unit) + " to " + Shown(fact.highest(), fact.unit);
  }
  const std::string_view so = judgement.verdict == v1::CLAIM_VERDICT_SUPPORTED      ? "as said"
                              : judgement.verdict == v1::CLAIM_VERDICT_CONTRADICTED ? "not so"
                                                                                    : "too close to tell";
  // The reading that was judged, where the subject has several.
  std::string subject = parts.subject;
  const bool plain = factors.empty() && (fact.unit == Unit::kBytes || fact.unit == Unit::kCount);
  if (plain && fact.quantity != Quantity::kWays && parts.subject != "fit" &&
      !subject.starts_with(Describe(fact.quantity, fact.axis, OpName::kNone, Scope::kNone))) {
    subject = Describe(fact.quantity, fact.axis, fact.op, fact.scope);
    claim.set_subject(subject);
  }
  if (fact.where == "for the nominal size") subject += " of the nominal size";
  std::string band = fact.error > 0 ? fmt::format(" (within {:.0f} %)", 100 * fact.error) : "";
  claim.set_reason(fmt::format("{}: {}{} is {}{}; said was {}", so, subject,
                               parts.under.empty() ? "" : " under " + Describe(parts.under), truth, band,
                               stated));
  return claim;
}

}  // namespace ringside::claims
