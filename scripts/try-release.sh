#!/usr/bin/env bash
# Uses what ./release made as users do: tarball, Debian package and image in a bare Debian without
# Java, the repository from a project outside the reactor, offline, and by a Maven on JDK 17.
#   scripts/try-release.sh VERSION [ROOT]     ROOT: a bare root that is made already
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$home/scripts/java-home.sh"
find_jdk || exit 2
version=${1:?}
release=${RELEASE:-$home/target/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed() { echo "try-release: $1"; }

root=${2:-}
if [ -z "$root" ]; then
  root=$work/root
  "$home/scripts/bare-root.sh" make bookworm "$root"
fi
in_root() { "$home/scripts/bare-root.sh" enter "$root" "$@"; }
! in_root sh -c 'command -v java' || { echo "try-release: the root has a Java." >&2; exit 1; }

# A program of each kind: an image with a Java of its own, and a process to look at.
rm -rf "$root/tmp/image"
"$jdk/bin/jlink" --add-modules java.base,jdk.jcmd --output "$root/tmp/image"
cat >"$root/tmp/use" <<'USE'
set -eu
onemalloc=$1
$onemalloc --version
$onemalloc allocators | grep -q '^mimalloc '
$onemalloc run -- /tmp/image/bin/java -version
$onemalloc compare --runs 2 -a system,mimalloc -- /tmp/image/bin/java -version
$onemalloc link /tmp/image --tuned --verify
$onemalloc link /tmp/image --undo
$onemalloc inspect /tmp/image
sleep 60 &
$onemalloc top --once $!
kill $!
USE
use() { in_root sh /tmp/use "$1" >"$work/use.log" 2>&1 || { cat "$work/use.log" >&2; exit 1; }; }

in_root true
tar -C "$root/tmp" -xzf "$release/onemalloc-$version-linux-x64.tar.gz"
use "/tmp/onemalloc-$version-linux-x64/bin/onemalloc"
passed "the tarball runs without a Java ($(stat -c %s "$release/onemalloc-$version-linux-x64.tar.gz") bytes)"

cp "$release/onemalloc_$version-1_amd64.deb" "$root/tmp/"
in_root dpkg -i "/tmp/onemalloc_$version-1_amd64.deb" >/dev/null
use onemalloc
in_root dpkg --purge onemalloc >/dev/null
[ ! -e "$root/usr/lib/onemalloc" ] || { echo "try-release: purging left files." >&2; exit 1; }
passed "the Debian package is installed, used and purged"
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error,warning "$release/onemalloc_$version-1_amd64.deb"
  passed "lintian has nothing to say"
fi

mkdir "$work/image"
tar -C "$work/image" -xf "$release/onemalloc-$version-image.tar"
"$jdk/bin/java" "$home/scripts/Layers.java" "$work/image" | while read -r layer; do
  tar -C "$root" -xzf "$layer"
done
use /opt/onemalloc/bin/onemalloc
passed "the image's file system runs"

mkdir "$work/repository"
cp -al "${MAVEN_REPOSITORY:-$HOME/.m2/repository}/." "$work/repository"
rm -rf "$work/repository/org/onemalloc"
cp -r "$release/maven/." "$work/repository"
cp -r "$home/scripts/consumer" "$work/consumer"
"$jdk/bin/jlink" --add-modules java.base,java.management,jdk.unsupported,java.logging \
  --output "$work/consumer/linked"
consume() {
  (cd "$work/consumer" && JAVA_HOME=$jdk mvn -B -ntp -q "-Dmaven.repo.local=$work/repository" \
    "-Donemalloc.version=$version" "-Dimage=$work/consumer/linked" "$@")
}
# Maven's own plugins may have to be fetched; then everything again without a network.
consume dependency:copy-dependencies "-DoutputDirectory=$work/ignored" compile
rm -rf "$work/consumer/target"
consume -o process-classes
said=$("$work/consumer/linked/bin/java" --enable-native-access=ALL-UNNAMED \
  -cp "$work/consumer/target/classes:$work/consumer/target/lib/*" Consumer)
[[ $said == "consumed mimalloc"* ]] || { echo "try-release: $said" >&2; exit 1; }
passed "a project outside the reactor: $said"

# The goal in a Maven whose own Java is too old for the command: it takes the command of the release.
old=$(ls -d ${OLD_JDKS:-/usr/lib/jvm/*17*} 2>/dev/null | head -n 1)
[ -n "$old" ] || { echo "try-release: needs a JDK 17; install openjdk-17-jdk-headless." >&2; exit 2; }
rm -rf "$work/linked-17"
"$jdk/bin/jlink" --add-modules java.base --output "$work/linked-17"
goal() {
  (cd "$work" && JAVA_HOME=$old mvn -B -ntp -o "-Dmaven.repo.local=$work/repository" \
    "org.onemalloc:onemalloc-maven-plugin:$version:link" "-Donemalloc.target=$1")
}
goal "$work/linked-17" >"$work/goal.log" 2>&1 || { cat "$work/goal.log" >&2; exit 1; }
grep -q 'linked-17 is linked with mimalloc' "$work/goal.log" || { cat "$work/goal.log" >&2; exit 1; }
! goal "$work/missing" >"$work/goal.log" 2>&1 || { echo "try-release: no target, and no error" >&2; exit 1; }
grep -q 'onemalloc: .*missing' "$work/goal.log" || { cat "$work/goal.log" >&2; exit 1; }
passed "the Maven goal on Java 17 starts the command's own runtime"

# The task that docs/recipes.md shows, with the command of the release on the PATH.
if command -v gradle >/dev/null; then
  mkdir -p "$work/gradle/build"
  "$jdk/bin/jlink" --add-modules java.base --output "$work/gradle/build/image"
  tar -C "$work" -xzf "$release/onemalloc-$version-linux-x64.tar.gz"
  {
    echo 'task jlink {}'
    sed -n '/^```groovy$/,/^```$/{/^```/d;p}' "$home/docs/recipes.md"
  } >"$work/gradle/build.gradle"
  (cd "$work/gradle" && JAVA_HOME=$old PATH=$work/onemalloc-$version-linux-x64/bin:$PATH \
    gradle --offline --no-daemon -g "$work/gradle/home" linkImage) >"$work/gradle.log" 2>&1 ||
    { cat "$work/gradle.log" >&2; exit 1; }
  grep -q 'build/image is linked with mimalloc' "$work/gradle.log" ||
    { cat "$work/gradle.log" >&2; exit 1; }
  passed "the task of Gradle links an image ($(gradle --version | sed -n 's/^Gradle //p'))"
fi

# A later version that breaks the users of this one is refused: here, one without a public method.
mkdir "$work/later"
(cd "$home" && git archive HEAD pom.xml text) | tar -x -C "$work/later"
sed -i '/<modules>/,/<\/modules>/c <modules><module>text</module></modules>' "$work/later/pom.xml"
compare_api() {
  (cd "$work/later" && JAVA_HOME=$jdk mvn -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true -Derrorprone.flag=-Xlint:-processing \
    "-Dmaven.repo.local=$work/repository" "-Dsince.version=$version" verify >"$work/api.log" 2>&1)
}
compare_api || { cat "$work/api.log" >&2; exit 1; }
sed -i 's/public static String escaped(/static String escaped(/' \
  "$work/later/text/src/main/java/org/onemalloc/text/Text.java"
! compare_api || { echo "try-release: an incompatible change was not noticed" >&2; exit 1; }
grep -q 'org.onemalloc.text.Text.escaped' "$work/api.log" || { cat "$work/api.log" >&2; exit 1; }
passed "a change that breaks users is noticed by japicmp"
