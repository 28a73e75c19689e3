#!/usr/bin/env bash
# The programs of a kept trace as the file that the MPIJob mounts:
#   ringside simulate SCENARIO.yaml --ranks 2 --out out/two && deploy/kubernetes/programs.sh out/two
# As many ranks as mpijob.yaml has workers. A ConfigMap holds 1 MiB at most. Needs protoc (protobuf-compiler).
set -euo pipefail
trace=${1:?usage: programs.sh DIRECTORY_OF_A_KEPT_TRACE [FILE]}/trace.pb
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
file=${2:-$here/programs.pb}
proto=$here/../../proto
protoc -I"$proto" --decode=ringside.v1.Trace ringside/v1/trace.proto <"$trace" |
  awk '/^programs \{/ { on = 1 } on { print } /^}/ { on = 0 }' |
  protoc -I"$proto" --encode=ringside.v1.ProgramSet ringside/v1/program.proto >"$file"
size=$(stat -c %s "$file")
[ "$size" -gt 0 ] || { echo "programs.sh: $trace holds no programs" >&2; exit 1; }
[ "$size" -le 1048576 ] || echo "programs.sh: $file has $size bytes; a ConfigMap holds 1 MiB: use a volume" >&2
