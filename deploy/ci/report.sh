#!/usr/bin/env bash
# What action.yml runs; told by its environment. Runs baseline and candidate alternately, and which of them comes
# first alternates, too; then reports. Exit code: that of `ringside report scaling` (1: a confirmed regression).
set -uo pipefail

: "${RINGSIDE:?the ringside binary}" "${SCENARIO:?the scenario file}"
ranks=${RANKS:-1,2} repeats=${REPEATS:-20} out=${OUT:-ringside-scaling}
if ! [[ $repeats =~ ^[0-9]{1,3}$ ]] || [ "$repeats" -lt 1 ]; then
  echo "repeats: '$repeats' is no number from 1 to 999" >&2
  exit 2
fi
weak=()
[ "${WEAK:-false}" = true ] && weak=(--weak)

tell() { [ -z "${GITHUB_OUTPUT:-}" ] || printf '%s\n' "$1" >>"$GITHUB_OUTPUT"; }

run() { # BINARY ARM REPEAT: one run at every number of ranks, kept as ARM/pN/rREPEAT
  local scratch=$out/scratch directory
  rm -rf "$scratch"
  "$1" report scaling --scenario "$SCENARIO" --ranks "$ranks" --repeats 1 "${weak[@]}" --out "$scratch" \
    >/dev/null || return
  for directory in "$scratch"/runs/p*; do
    mkdir -p "$out/$2/${directory##*/}"
    rm -rf "$out/$2/${directory##*/}/r$3"
    mv "$directory/r1" "$out/$2/${directory##*/}/r$3"
    if [ "$3" = 1 ] && [ -d "$directory/predicted" ]; then
      rm -rf "$out/$2/${directory##*/}/predicted"
      mv "$directory/predicted" "$out/$2/${directory##*/}/predicted"
    fi
  done
  rm -rf "$scratch"
}

fail() {
  echo "::error title=Ringside::$1"
  tell "verdict=error"
  exit 3
}

for ((repeat = 1; repeat <= repeats; ++repeat)); do
  if [ -z "${BASELINE_RINGSIDE:-}" ]; then
    run "$RINGSIDE" candidate "$repeat" || fail "a run failed"
  elif ((repeat % 2)); then
    run "$BASELINE_RINGSIDE" baseline "$repeat" || fail "a run of the baseline failed"
    run "$RINGSIDE" candidate "$repeat" || fail "a run failed"
  else
    run "$RINGSIDE" candidate "$repeat" || fail "a run failed"
    run "$BASELINE_RINGSIDE" baseline "$repeat" || fail "a run of the baseline failed"
  fi
done

gate=()
[ -z "${BASELINE_RINGSIDE:-}" ] || gate=(--baseline "$out/baseline" --interleaved)
[ -z "${BASELINE_RINGSIDE:-}" ] || [ -z "${NOISE:-}" ] || gate+=(--noise "$NOISE")
"$RINGSIDE" report scaling "$out/candidate" "${gate[@]}" --out "$out/report"
code=$?
tell "report=$out/report"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || [ ! -f "$out/report/report.md" ] || cat "$out/report/report.md" >>"$GITHUB_STEP_SUMMARY"
case $code in
  0) tell "verdict=ok" ;;
  1)
    tell "verdict=regression"
    echo "::error title=Ringside::a confirmed regression; see the job summary"
    ;;
  *) fail "the report could not be made (exit code $code)" ;;
esac
exit "$code"
