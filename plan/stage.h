// What a model has to say for a pipeline schedule to run it: what the instructions of plan/schedule.h mean as
// ops. One object per rank; `chunk` counts the rank's runs of layers, `m` the micro-batches, those of
// evaluation after the others.
#pragma once

#include <memory>

#include "plan/grad_store.h"
#include "plan/param_layout.h"
#include "plan/weight_store.h"

namespace ringside::plan {

class Stage {
 public:
  virtual ~Stage() = default;

  // Ops at the begin of a step.
  virtual void BeginStep() = 0;

  // Activations from the chunk before / gradient from the chunk after, into fresh buffers.
  virtual void RecvForward(int chunk, int m) = 0;
  virtual void RecvBackward(int chunk, int m) = 0;

  virtual void Forward(int chunk, int m) = 0;
  // The whole backward pass; or the gradient of the input alone, and that of the weights later.
  virtual void Backward(int chunk, int m) = 0;
  virtual void BackwardInput(int chunk, int m) = 0;
  virtual void BackwardWeight(int chunk, int m) = 0;

  virtual void SendForward(int chunk, int m) = 0;
  virtual void SendBackward(int chunk, int m) = 0;

  // After the last instruction: sums losses over replicas, so that every rank that knows one knows the
  // step's.
  virtual void EndStep() = 0;
};

struct StageParts {
  const Resolved& resolved;
  Coordinates at;
  const ParamLayout& layout;
  Emitter* emitter;
  WeightStore* weights;
  GradStore* grads;
  View loss_scale;  // buffer -1: none
};

// Everything in `parts` outlives the stage.
std::unique_ptr<Stage> MakeTransformerStage(const StageParts& parts);

}  // namespace ringside::plan
