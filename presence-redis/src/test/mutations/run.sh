#!/usr/bin/env bash
# Breaks one rule of the store after the other, in a copy of the project, and expects the tests named for it to fail.
#
# Each *.mutation beside this script is one: line 1 the test class to run or the profile of SimulationTests, line 2 the file,
# from the src of presence-redis, line 3 the text to replace (once), line 4 what replaces it.
# Arguments: names of mutations, by default all. PRESENCE_MUTATION_RUNS: simulated runs of a profile, by default as many as in
# the ordinary build. Exits with 1 if a mutation survives, 2 if it no longer fits the code. Needs a JDK and Maven.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$root/pom.xml" "$work/"
if [ -d "$root/.mvn" ]; then cp -r "$root/.mvn" "$work/"; fi
for module in "$root"/*/; do
  if [ -f "$module/pom.xml" ]; then
    mkdir -p "$work/$(basename "$module")" && cp "$module/pom.xml" "$work/$(basename "$module")/"
  fi
done
for module in presence-core presence-redis; do
  cp -r "$root/$module/src" "$work/$module/"
done
if ! (cd "$work" && mvn -B -q -o -pl presence-redis -am test-compile dependency:build-classpath -DincludeScope=test \
    -Dmdep.outputFile="$work/jars" -Dspring-javaformat.skip=true -Djacoco.skip=true > "$work/log" 2>&1); then
  cat "$work/log"
  exit 2
fi
jars=$(cat "$work/jars")
engine=$(tr ':' '\n' < "$work/jars" | grep '/junit-platform-engine-')
built=$work/presence-redis/target/classes:$work/presence-redis/target/test-classes:$jars:${engine//junit-platform-engine/junit-platform-launcher}

mkdir "$work/runner"
cat > "$work/runner/Runner.java" <<'JAVA'
import java.util.regex.Pattern;

import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

class Runner {
	public static void main(String[] names) {
		var request = LauncherDiscoveryRequestBuilder.request();
		request.selectors(DiscoverySelectors.selectClass("io.presence.redis." + names[0]));
		var summary = new SummaryGeneratingListener();
		LauncherFactory.create().execute(request.build(), summary);
		var runs = Pattern.compile("\\d+ runs failed");
		summary.getSummary().getFailures().forEach((failure) -> {
			var failed = runs.matcher(String.valueOf(failure.getException().getMessage()));
			System.out.println("FAILED " + (failed.find() ? failed.group() : failure.getTestIdentifier().getDisplayName()));
		});
		long ran = summary.getSummary().getTestsStartedCount();
		System.exit(ran == 0 ? 3 : summary.getSummary().getTotalFailureCount() > 0 ? 2 : 0);
	}
}
JAVA
javac -d "$work/runner" -cp "$built" "$work/runner/Runner.java"

result=0
if [ $# -eq 0 ]; then
  set -- "$here"/*.mutation
fi
for mutation in "$@"; do
  name=$(basename "$mutation" .mutation)
  mapfile -t lines < "$here/$name.mutation"
  file=$(realpath -m "$work/presence-redis/src/${lines[1]}")
  cp "$file" "$work/original"
  if ! FROM=${lines[2]} TO=${lines[3]:-} perl -0pi -e '
      my $n = s/\Q$ENV{FROM}\E/$ENV{TO}/; END { exit($n ? 0 : 3) }' "$file"; then
    echo "$name: DOES NOT FIT ${lines[1]}"
    result=2
    continue
  fi
  rm -rf "$work/changed" && mkdir "$work/changed"
  if [ "${file##*.}" = lua ]; then
    mkdir -p "$work/changed/io/presence/redis" && cp "$file" "$work/changed/io/presence/redis/"
  fi
  if [ "${file##*.}" = java ] \
    && ! javac -nowarn -proc:none -parameters -d "$work/changed" -cp "$built" "$file" > "$work/log" 2>&1; then
    echo "$name: DOES NOT COMPILE"
    cat "$work/log"
    result=2
  else
    tests=SimulationTests profile=${lines[0]}
    case ${lines[0]} in *Tests) tests=${lines[0]} profile= ;; esac
    status=0
    java -cp "$work/changed:$work/runner:$built" -Dpresence.simulation.profile="$profile" \
      ${PRESENCE_MUTATION_RUNS:+-Dpresence.simulation.runs=$PRESENCE_MUTATION_RUNS} Runner "$tests" > "$work/log" 2>&1 || status=$?
    case $status in
      0) echo "$name: SURVIVED $tests${profile:+ $profile}"; result=1 ;;
      2) echo "$name: found by $tests${profile:+ $profile}: $(sed -n 's/^FAILED //p' "$work/log" | paste -sd ';' | sed 's/;/; /g')" ;;
      *) echo "$name: DID NOT RUN"; tail -20 "$work/log"; result=2 ;;
    esac
  fi
  cp "$work/original" "$file"
done
exit $result
