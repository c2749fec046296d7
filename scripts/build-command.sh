#!/usr/bin/env bash
# Builds cli/target/dist: the command as one jar, its start-up cache and the built-in example.
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$home/scripts/java-home.sh"
. "$home/scripts/sources.sh"
find_jdk || exit 2
unset JDK_JAVA_OPTIONS # those of the user's program, perhaps with a class path
command -v mvn >/dev/null || { echo "onemalloc: needs Maven 3.8 or newer to build itself; install maven." >&2; exit 2; }

mkdir -p "$home/cli/target"
exec 9>"$home/cli/target/.build-lock"
if command -v flock >/dev/null; then flock 9; fi
stale || exit 0 # another start has built it meanwhile
digest=$(source_digest)

echo "onemalloc: building (once; again only when its sources change) ..." >&2
log=$home/cli/target/build.log
# Without what ./check looks at: the tests, the format, and Error Prone.
if ! (cd "$home" && JAVA_HOME=$jdk mvn -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true \
  -Derrorprone.flag=-Xlint:-processing -pl cli -am package >"$log" 2>&1 </dev/null); then
  tail -n 25 "$log" >&2
  echo "onemalloc: the build failed; the whole log is in $log" >&2
  exit 2
fi
for part in "${parts[@]}"; do touch "$home/$part/target/.unchecked"; done

"$jdk/bin/java" "$home/scripts/CommandJar.java" "$home/cli/target/command.jar" "$dist/onemalloc.jar"

# One training run records the classes that most commands load, so that later starts map them.
rm -f "$dist/onemalloc.aot"
note_built "$digest"
"$jdk/bin/java" -XX:AOTCacheOutput="$dist/onemalloc.aot" -Xlog:disable -Xlog:all=off \
  -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData --enable-native-access=ALL-UNNAMED \
  -cp "$dist/onemalloc.jar" org.onemalloc.cli.Training "$jdk" compare >/dev/null 2>&1 </dev/null || true
