#!/usr/bin/env bash
# Breaks one rule of the store after the other, in a copy, and expects the simulation to fail each time.
# Each file beside this script is a mutation: line 1 the test class to run or the profile of SimulationTests, line 2 the file,
# line 3 the text to replace (once), line 4 what replaces it. Needs a JDK and Maven; takes a few minutes. Arguments: mutations to run, by default all.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root/pom.xml" "$work/" && cp -r "$root/.mvn" "$work/"
for module in "$root"/*/; do
  [ -f "$module/pom.xml" ] && mkdir -p "$work/$(basename "$module")" && cp "$module/pom.xml" "$work/$(basename "$module")/"
done
for module in presence-core presence-redis; do
  cp -r "$root/$module/src" "$work/$module/"
done
runs=${PRESENCE_MUTATION_RUNS:-200}
simulate() {
  local tests=SimulationTests profile=$1
  case $1 in *Tests) tests=$1 profile= ;; esac
  (cd "$work" && mvn -B -q -o -pl presence-redis -am test -Dspring-javaformat.skip=true -Djacoco.skip=true \
    -Dtest="$tests" -Dsurefire.failIfNoSpecifiedTests=false -Dpresence.simulation.runs="$runs" \
    -Dpresence.simulation.profile="$profile" > "$work/log" 2>&1)
}
survived=0
for mutation in "${@:-$here/*.mutation}"; do
  for file in $mutation; do
    name=$(basename "$file" .mutation)
    mapfile -t lines < "$file"
    target="$work/presence-redis/src/${lines[1]}"
    cp "$target" "$work/original"
    FROM=${lines[2]} TO=${lines[3]:-} perl -0pi -e '
      my $n = s/\Q$ENV{FROM}\E/$ENV{TO}/; END { exit($n ? 0 : 3) }' "$target" || { echo "$name: its text is not in ${lines[1]}"; exit 2; }
    if simulate "${lines[0]}"; then
      echo "$name: SURVIVED"
      survived=1
    elif grep -q "Tests run:.*\(Failures\|Errors\): [1-9]" "$work/log"; then
      echo "$name: found by ${lines[0]} $(grep -o '[0-9]* runs failed' "$work/log" | head -1)"
    else
      echo "$name: did not run"; grep ERROR "$work/log" | head -5; survived=1
    fi
    cp "$work/original" "$target"
  done
done
exit $survived
