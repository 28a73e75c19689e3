#include "workers/kernels/cuda/emulation/emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <map>
#include <memory>
#include <vector>

#include "base/check.h"

namespace ringside::kernels::cuda::emulation {

Place place;

namespace {

constexpr size_t kStackBytes = 256 << 10;
constexpr int kLanes = 32;

// `arrived` threads wait; the last one lets them go by beginning another generation.
struct Barrier {
  int arrived = 0, yes = 0, last_yes = 0;
  int64_t generation = 0;
};

struct Warp {
  std::map<unsigned, Barrier> barriers;  // by mask
  uint64_t words[kLanes] = {};
  int lanes = 0;
};

// Begun by a context, switched by jumps: those make no system call.
struct Fiber {
  ucontext_t context{};
  jmp_buf resume;
  bool begun = false;
  std::unique_ptr<char[]> stack{new char[kStackBytes]};
  Place place;
  bool ended = false;
};

struct Machine {
  jmp_buf scheduler;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<Warp> warps;
  Barrier block;
  size_t running = 0;
  int threads = 0;
  const std::function<void()>* kernel = nullptr;
  bool progress = false;
};

Machine& TheMachine() {
  static auto* const kMachine = new Machine;
  return *kMachine;
}

void Enter() {
  Machine& machine = TheMachine();
  (*machine.kernel)();
  machine.fibers[machine.running]->ended = true;
  machine.progress = true;
  _longjmp(machine.scheduler, 1);
}

// To the scheduler; returns when it is this fiber's turn again.
void Yield() {
  Machine& machine = TheMachine();
  if (_setjmp(machine.fibers[machine.running]->resume) == 0) _longjmp(machine.scheduler, 1);
}

// Lets a fiber run until it yields or ends.
void Resume(Fiber& fiber) {
  if (_setjmp(TheMachine().scheduler) != 0) return;
  if (fiber.begun) _longjmp(fiber.resume, 1);
  fiber.begun = true;
  setcontext(&fiber.context);
}

// How many of the `expected` said yes.
int Meet(Barrier* barrier, int expected, bool yes) {
  const int64_t generation = barrier->generation;
  ++barrier->arrived;
  barrier->yes += yes ? 1 : 0;
  TheMachine().progress = true;
  if (barrier->arrived == expected) {
    barrier->last_yes = barrier->yes;
    barrier->arrived = barrier->yes = 0;
    ++barrier->generation;
  }
  while (barrier->generation == generation) Yield();
  return barrier->last_yes;
}

Warp& OwnWarp() {
  Machine& machine = TheMachine();
  return machine.warps[machine.running / kLanes];
}

void RunBlock(dim3 block) {
  Machine& machine = TheMachine();
  machine.threads = static_cast<int>(block.x * block.y * block.z);
  machine.block = {};
  machine.warps.assign((machine.threads + kLanes - 1) / kLanes, {});
  while (static_cast<int>(machine.fibers.size()) < machine.threads) {
    machine.fibers.push_back(std::make_unique<Fiber>());
  }
  for (int i = 0; i < machine.threads; ++i) {
    Fiber& fiber = *machine.fibers[i];
    ++machine.warps[i / kLanes].lanes;
    fiber.begun = fiber.ended = false;
    fiber.place = place;
    const auto linear = static_cast<unsigned>(i);
    fiber.place.thread = {linear % block.x, linear / block.x % block.y, linear / block.x / block.y};
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, Enter, 0);
  }
  for (bool all_ended = false; !all_ended;) {
    all_ended = true;
    machine.progress = false;
    for (int i = 0; i < machine.threads; ++i) {
      Fiber& fiber = *machine.fibers[i];
      if (fiber.ended) continue;
      machine.running = static_cast<size_t>(i);
      place = fiber.place;
      Resume(fiber);
      all_ended = all_ended && fiber.ended;
    }
    RINGSIDE_CHECK(machine.progress && "threads of a block wait for ones that never come");
  }
}

}  // namespace

void Run(dim3 grid, dim3 block, const std::function<void()>& kernel) {
  TheMachine().kernel = &kernel;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        place = {{0, 0, 0}, {x, y, z}, block, grid};
        RunBlock(block);
      }
    }
  }
}

int SyncBlock(bool yes) {
  Machine& machine = TheMachine();
  return Meet(&machine.block, machine.threads, yes);
}

void SyncWarp(unsigned mask) {
  Meet(&OwnWarp().barriers[mask], __builtin_popcount(mask), false);
}

uint64_t Exchange(uint64_t word, int from_lane) {
  Warp& warp = OwnWarp();
  warp.words[Lane()] = word;
  Meet(&warp.barriers[0], warp.lanes, false);
  const uint64_t other = warp.words[from_lane];
  Meet(&warp.barriers[0], warp.lanes, false);  // all have read
  return other;
}

unsigned Ballot(bool yes) {
  Warp& warp = OwnWarp();
  warp.words[Lane()] = yes ? 1 : 0;
  Meet(&warp.barriers[0], warp.lanes, false);
  unsigned all = 0;
  for (int lane = 0; lane < warp.lanes; ++lane) all |= static_cast<unsigned>(warp.words[lane]) << lane;
  Meet(&warp.barriers[0], warp.lanes, false);
  return all;
}

}  // namespace ringside::kernels::cuda::emulation
