#!/usr/bin/env bash
# Tests and benchmark of the CUDA backend on a machine with a GPU, in one call of under ten minutes. See --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
preset=${RINGSIDE_PRESET:-dev}
build=$root/build/$preset
targets=(cuda_kernels_test nccl_communicator_test cuda_parity_test gpu_bench)

usage() {
  cat <<'END'
Usage: deploy/gpu/run.sh pack DIR    here: build the tests, copy them and every library they need to DIR
       deploy/gpu/run.sh run DIR     there: run what is in DIR; results go to DIR/results
       deploy/gpu/run.sh             both, in a temporary directory: on a machine with toolkit and GPU

`pack` needs the CUDA toolkit but no GPU; `run` needs a GPU and its driver, nothing else: no toolkit, no MPI, no
compiler. DIR holds a copy of this script, so DIR alone can be carried over and run as DIR/run.sh run DIR.
Libraries that are opened at run time (cuBLASLt, NCCL) are packed too: about 800 MB, 500 MB of it cuBLASLt.
END
}

binary() { # NAME: where the build puts it
  find "$build" -type f -name "$1" -perm -u+x | head -n 1
}

pack() { # DIR
  "$root/dev" build "${targets[@]}"
  mkdir -p "$1/bin" "$1/lib"
  cp "${BASH_SOURCE[0]}" "$1/run.sh"
  local name file library
  for name in "${targets[@]}"; do
    file=$(binary "$name")
    [ -n "$file" ] || {
      printf 'run.sh: %s was not built: is the CUDA toolkit here?\n' "$name" >&2
      exit 1
    }
    cp "$file" "$1/bin/"
    # All but the C library and its loader, which must be those of the machine.
    ldd "$file" | awk '$3 ~ /^\// { print $3 }' |
      grep -Ev '/(libc|libm|libdl|libpthread|librt|libcuda)\.so' | while read -r library; do
      cp -L -n "$library" "$1/lib/"
    done
  done
  # openblas is opened at run time on the CPU's side of the parity tests; they go without it.
  local folders=(/usr/local/cuda/lib64 "${CUDA_HOME:-/usr/local/cuda}/lib64" /usr/lib/x86_64-linux-gnu)
  for name in "libcublasLt.so.[0-9][0-9]" libnccl.so.2; do
    library=$(find -L "${folders[@]}" -maxdepth 1 -name "$name" 2>/dev/null | head -n 1)
    [ -n "$library" ] || {
      printf 'run.sh: no %s to pack\n' "$name" >&2
      exit 1
    }
    cp -L -n "$library" "$1/lib/"
  done
  du -sh "$1" | awk '{ print "packed: " $1 }'
}

# One stage: its output to a file of its own, its outcome to the summary. Never ends the script.
stage() { # SECONDS NAME COMMAND...
  local limit=$1 name=$2 outcome=0 start=$SECONDS
  shift 2
  timeout --kill-after=10 "$limit" "$@" >"$results/$name.log" 2>&1 || outcome=$?
  case $outcome in
    0) outcome="passed" ;;
    124 | 137) outcome="NOT DONE in $limit s" ;;
    *) outcome="FAILED ($outcome)" ;;
  esac
  if grep -q '^\[  SKIPPED \]' "$results/$name.log"; then outcome="$outcome, with tests skipped"; fi
  printf '%-28s %-32s %4d s\n' "$name" "$outcome" "$((SECONDS - start))" | tee -a "$results/summary.txt"
}

run() { # DIR
  local dir
  dir=$(cd "$1" && pwd)
  results=$dir/results
  mkdir -p "$results"
  : >"$results/summary.txt"
  export LD_LIBRARY_PATH=$dir/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export NCCL_DEBUG=${NCCL_DEBUG:-WARN}
  {
    date -u
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || echo "no nvidia-smi"
  } | tee "$results/machine.txt"
  # Limits add up to 580 s.
  stage 100 kernels "$dir/bin/cuda_kernels_test"
  stage 80 parity-one-rank "$dir/bin/cuda_parity_test" --gtest_filter='*OneRank*'
  stage 110 nccl "$dir/bin/nccl_communicator_test"
  stage 150 parity-several-ranks "$dir/bin/cuda_parity_test" --gtest_filter='*RanksOfOneCard*'
  stage 35 bench-fp32 "$dir/bin/gpu_bench" --precision fp32 --json "$results/bench-fp32.json"
  stage 35 bench-tf32 env RINGSIDE_CUDA_FAST=1 "$dir/bin/gpu_bench" --precision fp32 --json "$results/bench-tf32.json"
  stage 35 bench-bf16 "$dir/bin/gpu_bench" --precision bf16 --json "$results/bench-bf16.json"
  stage 35 bench-bf16-graphs env RINGSIDE_CUDA_GRAPHS=1 "$dir/bin/gpu_bench" --precision bf16 \
    --json "$results/bench-bf16-graphs.json"
  printf 'results: %s\n' "$results"
  ! grep -q 'FAILED\|NOT DONE' "$results/summary.txt"
}

case "${1:-both}" in
  pack) pack "${2:?a directory}" ;;
  run) run "${2:?a directory}" ;;
  both)
    dir=$(mktemp -d)
    pack "$dir"
    run "$dir"
    ;;
  -h | --help) usage ;;
  *) usage >&2 && exit 2 ;;
esac
