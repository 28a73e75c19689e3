#include "evaluator/claims/monotone.h"

namespace ringside::claims {

bool Holds(When when, const PlanShape& s) {
  switch (when) {
    case When::kAlways:
      return true;
    case When::kPipeline:
      return s.pp > 1;
    case When::kTensorParallel:
      return s.tp > 1;
    case When::kZero:
      return s.zero >= 1;
    case When::kNoZero:
      return s.zero == 0;
    case When::kZero2:
      return s.zero >= 2;
    case When::kBelowZero2:
      return s.zero < 2;
    case When::kZero3:
      return s.zero == 3;
    case When::kBelowZero3:
      return s.zero < 3;
    case When::kFull:
      return s.schedule != v1::SCHEDULE_GPIPE && s.micro_batches >= s.pp;
    case When::kGpipe:
      return s.schedule == v1::SCHEDULE_GPIPE;
  }
  return false;
}

const std::vector<Monotone>& MonotoneTable() {
  using V = Variable;
  using Q = Quantity;
  constexpr Axis kNo = Axis::kNone;
  constexpr Scope kRank = Scope::kRank, kStep = Scope::kStep;
  static const auto* const kTable = new std::vector<Monotone>{
      // the pipeline
      {V::kMicroBatches, Q::kBubble, kNo, kStep, -1, 0, When::kPipeline},
      {V::kPp, Q::kBubble, kNo, kStep, 1, 0, When::kAlways},
      {V::kChunks, Q::kBubble, kNo, kStep, -1, 0, When::kPipeline},
      {V::kChunks, Q::kCommBytes, Axis::kPp, Scope::kMicroBatch, 1, 1, When::kPipeline},
      {V::kMicroBatches, Q::kInFlight, kNo, kRank, 0, 0, When::kFull},
      {V::kMicroBatches, Q::kInFlight, kNo, kRank, 1, 1, When::kGpipe},
      // what a rank keeps
      {V::kTp, Q::kWeights, kNo, kRank, -1, -1, When::kAlways},
      {V::kTp, Q::kGradients, kNo, kRank, -1, -1, When::kBelowZero2},
      {V::kTp, Q::kOptimizer, kNo, kRank, -1, -1, When::kNoZero},
      {V::kTp, Q::kModelStates, kNo, kRank, -1, -1, When::kNoZero},
      {V::kPp, Q::kWeights, kNo, kRank, -1, 0, When::kAlways},
      {V::kPp, Q::kGradients, kNo, kRank, -1, 0, When::kAlways},
      {V::kPp, Q::kOptimizer, kNo, kRank, -1, 0, When::kAlways},
      {V::kPp, Q::kModelStates, kNo, kRank, -1, 0, When::kAlways},
      {V::kDp, Q::kOptimizer, kNo, kRank, -1, -1, When::kZero},
      {V::kDp, Q::kOptimizer, kNo, kRank, 0, 0, When::kNoZero},
      {V::kDp, Q::kGradients, kNo, kRank, -1, -1, When::kZero2},
      {V::kDp, Q::kGradients, kNo, kRank, 0, 0, When::kBelowZero2},
      {V::kDp, Q::kWeights, kNo, kRank, -1, -1, When::kZero3},
      {V::kDp, Q::kWeights, kNo, kRank, 0, 0, When::kBelowZero3},
      {V::kDp, Q::kModelStates, kNo, kRank, -1, 0, When::kZero},
      {V::kDp, Q::kModelStates, kNo, kRank, 0, 0, When::kNoZero},
      {V::kZero, Q::kModelStates, kNo, kRank, -1, 0, When::kAlways},
      {V::kMicroBatches, Q::kModelStates, kNo, kRank, 0, 0, When::kAlways},
      {V::kMicroBatch, Q::kModelStates, kNo, kRank, 0, 0, When::kAlways},
      // activations: of no closed form here
      {V::kMicroBatch, Q::kActivations, kNo, kRank, 1, 1, When::kAlways},
      {V::kSeqLen, Q::kActivations, kNo, kRank, 1, 1, When::kAlways},
      {V::kTp, Q::kActivations, kNo, kRank, -1, 0, When::kAlways},
      {V::kRecompute, Q::kActivations, kNo, kRank, -1, 0, When::kAlways},
      {V::kSequenceParallel, Q::kActivations, kNo, kRank, -1, 0, When::kTensorParallel},
      {V::kMicroBatches, Q::kActivations, kNo, kRank, 0, 0, When::kFull},
      {V::kMicroBatches, Q::kActivations, kNo, kRank, 1, 0, When::kGpipe},
      // traffic
      {V::kZero, Q::kCommVolume, kNo, Scope::kNone, 1, 0, When::kAlways},
      {V::kMicroBatch, Q::kCommBytes, Axis::kTp, Scope::kCall, 1, 1, When::kTensorParallel},
      {V::kSeqLen, Q::kCommBytes, Axis::kTp, Scope::kCall, 1, 1, When::kTensorParallel},
      {V::kHidden, Q::kCommBytes, Axis::kTp, Scope::kCall, 1, 1, When::kTensorParallel},
      {V::kMicroBatches, Q::kCommBytes, Axis::kTp, kStep, 1, 1, When::kTensorParallel},
      {V::kMicroBatches, Q::kCommBytes, Axis::kDp, kStep, 0, 0, When::kBelowZero2},
      {V::kMicroBatches, Q::kCommBytes, Axis::kDp, kStep, 1, 0, When::kZero2},
      {V::kSeqLen, Q::kCommBytes, Axis::kPp, Scope::kCall, 1, 1, When::kPipeline},
      {V::kTp, Q::kCommCount, Axis::kTp, Scope::kLayer, 0, 0, When::kTensorParallel},
      // computation
      {V::kRecompute, Q::kComputeFactor, kNo, kStep, 1, 0, When::kAlways},
      {V::kSeqLen, Q::kScores, kNo, Scope::kMicroBatch, 1, 2, When::kAlways},
      {V::kMicroBatch, Q::kScores, kNo, Scope::kMicroBatch, 1, 1, When::kAlways},
      {V::kTp, Q::kScores, kNo, Scope::kMicroBatch, -1, -1, When::kAlways},
      {V::kSeqLen, Q::kFlopsPerToken, kNo, Scope::kToken, 1, 0, When::kAlways},
      // sizes
      {V::kDp, Q::kGlobalBatch, kNo, Scope::kTotal, 1, 1, When::kAlways},
      {V::kMicroBatches, Q::kGlobalBatch, kNo, Scope::kTotal, 1, 1, When::kAlways},
      {V::kMicroBatch, Q::kGlobalBatch, kNo, Scope::kTotal, 1, 1, When::kAlways},
      {V::kLayers, Q::kParameters, kNo, Scope::kTotal, 1, 0, When::kAlways},
      {V::kHidden, Q::kParameters, kNo, Scope::kTotal, 1, 0, When::kAlways},
      {V::kVocab, Q::kEmbeddingParameters, kNo, Scope::kTotal, 1, 0, When::kAlways},
  };
  return *kTable;
}

const Monotone* FindMonotone(Variable variable, Quantity quantity, Axis axis, const PlanShape& shape) {
  for (const Monotone& row : MonotoneTable()) {
    if (row.variable != variable || row.quantity != quantity || !Holds(row.when, shape)) continue;
    if (axis == Axis::kNone || row.axis == Axis::kNone || row.axis == axis) return &row;
  }
  return nullptr;
}

}  // namespace ringside::claims
