// A small bank that is in order, for tests to break.
#pragma once

#include <string>
#include <vector>

#include "evaluator/bank/source.h"

namespace ringside::evaluator::testing {

inline constexpr char kSmallCurriculum[] = R"yaml(topics:
  - id: slopes
    number: 1
    title: Slopes
    stage: foundational
    overview: How steep things are.
  - id: descent
    number: 2
    title: Descent
    stage: core
    overview: How to get down.
    needs: [slopes]
  - id: hiking
    title: Hiking
    stage: core
    overview: For the weekend.
resources:
  - {id: a-book, title: A book, url: "https://example.org", topics: [slopes], kind: book}
  - {id: a-task, title: A task, url: "bank:why-steep", topics: [descent], kind: practice}
paths:
  - id: short
    title: The short way
    weeks:
      - {title: Week 1, topics: [slopes], focus: Look.}
      - {title: Week 2, topics: [descent], focus: Walk.}
companies:
  - {company: Peak, emphasis: {slopes: "basic: names", descent: "deep: all of it"}}
  - {company: Dale, emphasis: {slopes: "rare: never", descent: "solid: some"}}
levels:
  - {level: junior, theory: Names., coding: None., tested: Will.}
self_assessment:
  levels: [none, little, some, much, all]
  bands:
    - {from: 2, to: 5, advice: Read.}
    - {from: 6, to: 10, advice: Write.}
diagnostic:
  questions: [what-slope, why-steep]
  bands:
    - {from: 0, to: 1, advice: Begin.}
    - {from: 2, to: 2, advice: Go on.}
review:
  - {day: 0, tasks: [Look.]}
  - {day: 3, tasks: [Look again.]}
areas:
  - {id: all, title: All, novice: No., intermediate: Some., expert: Yes., topics: [slopes, descent, hiking]}
phases:
  - {id: only, title: Only, minutes: 10, groups: [warm-up], questions: 1}
traits:
  - {id: good, text: Is good., strong: true}
  - {id: bad, text: Is bad., strong: false, advice: Get good.}
diagrams:
  - {id: hill, title: Hill, text: "/\\"}
)yaml";

inline constexpr char kSmallTheory[] = R"yaml(questions:
  - id: what-slope
    title: Slope
    prompt: What is a slope?
    topics: [slopes]
    level: foundation
    kind: concept
    groups: [warm-up, diagnostic]
    time_target_s: 90
    points:
      - id: rise
        text: It is rise over run.
        alternatives: [Height divided by length., The tangent of the angle.]
      - id: sign
        text: It is negative downhill.
        weight: 2
        alternatives: [Downhill it is below zero., Its sign tells up from down.]
    misconceptions:
      - id: always-positive
        claim: A slope is always positive.
        correction: It is negative downhill.
        voids: [sign]
        penalty: 0.2
    hints: [Think of hills., Think of a ratio., Rise and run., Rise over run.]
    follow_ups:
      - {when: strong, question: why-steep}
      - {when: weak, prompt: "What is a ratio?"}
    resources: [a-book]
    marked:
      - {text: Rise over run., mark: 0.5}
    diagram: hill
  - id: why-steep
    title: Steep
    prompt: Your descent does not end. What do you check?
    topics: [descent, slopes]
    level: core
    kind: debugging
    groups: [diagnostic]
    time_target_s: 120
    points:
      - id: look
        text: Look at the map first.
        order: 1
        alternatives: [First check the map., The map comes first.]
      - id: turn
        text: Then turn around.
        order: 2
        alternatives: [Go back after that., Afterwards walk back.]
    hints: [a, b, c, d]
)yaml";

inline std::vector<BankSource> SmallBank() {
  return {{BankPart::kCurriculum, "curriculum/all.yaml", kSmallCurriculum},
          {BankPart::kTheory, "theory/hills.yaml", kSmallTheory}};
}

}  // namespace ringside::evaluator::testing
