// What else a figure can mean, and whether its sentence leaves no doubt.
//
// A figure stands beside words that name a quantity, but prose leaves out qualifiers: "16 bytes a parameter"
// that Adam keeps are the optimizer's own or all states of training with it, "14 GB" of a 7B model are 2
// bytes times 7 billion, which it has 6.7 of. A claim is supported if any reading holds that the words allow;
// it is contradicted only if the quantity's own words bind the figure in its clause and none holds.
#pragma once

#include <vector>

#include "evaluator/claims/reading.h"
#include "evaluator/claims/subjects.h"
#include "evaluator/claims/world.h"

namespace ringside::claims {

// Nominal sizes further from the model's are another model's.
inline constexpr double kNominal = 0.12;

// "7B", "a trillion parameters", relative to the model's parameters, of the sentence's figures; 0: none that
// is this model's.
double NominalOf(const SentenceReading& reading, const World& world);

// Further facts that the words beside the figure allow, beyond those of the subject itself, `facts`.
// `nominal`: as NominalOf; the same quantities of a model of just that size.
std::vector<Fact> FurtherReadings(const SentenceReading& reading, const Figure& figure,
                                  const Subject& subject, const std::vector<Change>& changes,
                                  const std::vector<Fact>& facts, double nominal, World* world);

// Whether the subject's words bind the figure: beside it ("84 GB of optimizer states"), or before it in its
// clause with nothing between that the figure could belong to ("optimizer states take 84 GB").
bool BoundPlainly(const SentenceReading& reading, const Figure& figure, const Subject& subject);

// "80 GB GPUs", "a GPU of 40 GB", "fits 66 MiB", "192 GB hold": what a device has.
bool IsOfDevice(const SentenceReading& reading, const Figure& figure);

// "saves 20 MB": a difference, and no amount.
bool IsSaving(const SentenceReading& reading, const Figure& figure);

// What a rank keeps without the sentence's settings or without ZeRO, less what it keeps with them.
std::vector<Fact> Savings(const std::vector<FactQuery>& queries, const std::vector<Change>& changes,
                          World* world);

}  // namespace ringside::claims
