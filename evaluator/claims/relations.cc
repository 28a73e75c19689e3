#include "evaluator/claims/relations.h"

namespace ringside::claims {

std::vector<v1::Claim> RelationsOf(std::string_view, const SentenceReading&, World*) {
  return {};
}

}  // namespace ringside::claims
