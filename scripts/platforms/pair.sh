#!/usr/bin/env bash
# The parts of one pair of glibc and JDK, inside a root (scripts/matrix starts it). One line a part:
# its name, a tab, and ok, - (nothing to do there) or what failed.
#   pair.sh COMMAND JDK RELEASE FOLDER PART…    FOLDER has the compiled program
set -uo pipefail
command=$1 jdk=$2 release=$3 given=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cp "$given"/* . || exit 1
export HOME=$work ONEMALLOC_AS_BUILT=1
ffm=() lookup=
case $release in
  17) lookup=Lookup17 ffm=(--add-modules=jdk.incubator.foreign --enable-native-access=ALL-UNNAMED) ;;
  21) lookup=Lookup21 ffm=(--enable-preview --source 21 --enable-native-access=ALL-UNNAMED) ;;
  2[2-9]) lookup=Lookup25 ffm=(--enable-native-access=ALL-UNNAMED) ;;
esac
nothing=77

onemalloc() { "$command" "$@"; }
has() { grep -qE -- "$1" "$work/said" || { echo "does not say: $1"; return 1; }; }
says() { onemalloc "$@" >"$work/said" 2>&1 || { tail -n 3 "$work/said"; return 1; }; }

allocators() {
  says allocators && has '^system +glibc 2\.[0-9]+' && has '^mimalloc' && has '^jemalloc' &&
    { ! has '^system .*sized free' >/dev/null || { echo "free_sized of glibc is free"; return 1; }; }
}

# Programs that no library can be preloaded into, or not this one.
odd() {
  local name
  gcc -static-pie -o still static.c && gcc -o setuid static.c && chmod u+s setuid || return 1
  says inspect still && has "its malloc is that of still" || return 1
  cp still still.before
  onemalloc link still -a mimalloc >"$work/said" 2>&1
  [ $? = 2 ] && [ "$(wc -l <"$work/said")" = 1 ] && cmp -s still still.before ||
    { echo "link does not refuse a static-pie program in a sentence"; return 1; }
  says inspect -a mimalloc setuid && has '^WARNING +preload-ignored +setuid' || return 1
  [ ! -f musl ] || { says inspect -a jemalloc musl && has '^DANGER +does-not-start'; } || return 1
}

run() {
  local name
  for name in mimalloc jemalloc jemalloc@bundled; do
    says run -a "$name" -- "$jdk/bin/java" -version || return 1
  done
  says run -a mimalloc -- ./program none && has '^none$'
}

# A preload alone lets the JVM crash there, or this part proves nothing. It is that of mimalloc:
# jemalloc takes the hooks of glibc, which has them until 2.33, and so gets the block there.
ffm() {
  [ -n "$lookup" ] || return $nothing
  local library
  onemalloc allocators --json >allocators.json
  library=$(grep -oE '"[^"]*/libonemalloc-mimalloc-[^"]*"' allocators.json | tr -d '"' | head -n 1)
  [ -f "$library" ] || { echo "no mimalloc to preload"; return 1; }
  ! LD_PRELOAD=$library "$jdk/bin/java" -XX:-CreateCoredumpOnCrash "${ffm[@]}" $lookup.java \
    >"$work/said" 2>&1 || { echo "a preload alone is enough"; return 1; }
  rm -f hs_err*
  says run -a mimalloc -- "$jdk/bin/java" "${ffm[@]}" $lookup.java && has '^ok$' &&
    says run -a jemalloc -- "$jdk/bin/java" "${ffm[@]}" $lookup.java && has '^ok$'
}

link() {
  # Links to files of packages that are not installed lead nowhere.
  cp -aL "$jdk" image 2>/dev/null
  [ -x image/bin/java ] && cp -a image before || return 1
  if [ "$release" = 8 ]; then
    onemalloc link image -a mimalloc >"$work/said" 2>&1
    [ $? = 2 ] && [ "$(wc -l <"$work/said")" = 1 ] && diff -r before image >/dev/null ||
      { echo "JDK 8 is not refused in a sentence"; return 1; }
    return
  fi
  says link image -a mimalloc && says link image --verify || return 1
  # Inside a JVM it is asked through the Foreign Function and Memory API.
  [ "$release" -lt 22 ] || { has 'malloc and free of the process are the allocator' &&
    has "glibc's own heap is empty there"; } || return 1
  says link image --undo || return 1
  diff -r before image >"$work/said" || { head -n 2 "$work/said"; return 1; }
}

# The library needs JDK 25. Its classes are those that the command was built with.
library() {
  [ "$release" -ge 25 ] || return $nothing
  local heap how expected
  heap=$(dirname "$command")/heap/target/classes
  for how in "$jdk/bin/java" "onemalloc run -a mimalloc -- $jdk/bin/java"; do
    for checked in off full; do
      $how -p "$heap" --add-modules onemalloc --enable-native-access=onemalloc \
        -Donemalloc.checked=$checked Library.java >"$work/said" 2>&1 ||
        { tail -n 3 "$work/said"; return 1; }
      expected=glibc
      [[ $how != *mimalloc* ]] || expected=mimalloc
      has "^allocator $expected$" || return 1
    done
  done
}

# The sum of the arenas and the mapped blocks, by the process itself and from outside.
gauge() {
  mkfifo in out
  ./program wait <in >out &
  local pid=$! arenas mapped seen line
  exec 8>in 9<out
  while read -r line <&9 && [ "$line" != ready ]; do
    case $line in
      *'<system type="current"'*) arenas=${line//[!0-9]/} ;;
      *'<total type="mmap"'*) mapped=${line##*size=} mapped=${mapped//[!0-9]/} ;;
    esac
  done
  says inspect --json "$work/json" "$pid"
  seen=$(number glibcArenaBytes)+$(number glibcMappedBytes)
  exec 8>&- 9<&-
  wait "$pid"
  [ "$seen" = "$arenas+$mapped" ] || { echo "reads $seen, malloc_info says $arenas+$mapped"; return 1; }
}
number() { grep -oE "\"$1\": *[0-9]+" "$work/json" | grep -oE '[0-9]+$'; }

mark() {
  rm -f "$work/json"
  onemalloc compare -n 1 -a system,mimalloc --json "$work/json" -- "$@" >"$work/said" 2>&1
  grep -oE '"mark": *"[a-z_]+"' "$work/json" | grep -oE '[a-z_]+"$' | tr -d '"' | tail -n 1
}

compare() {
  local said
  said=$(mark ./program plain)
  [ "$said" = proven ] || { echo "a program that does not escape is $said: $(tail -n 2 "$work/said")"; return 1; }
}

# Two runs on an allocator that does not serve: none may be called proven.
escapes() {
  local said how
  for how in "env -u LD_PRELOAD ./program plain" "./program small" "./program large"; do
    # shellcheck disable=SC2086
    said=$(mark $how)
    case $said in
      unproven | failed) ;;
      *) echo "$how is called ${said:-nothing: $(tail -n 2 "$work/said")}"; return 1 ;;
    esac
  done
}

service() {
  "$jdk/bin/javac" -d "$work" Service.java || return 1
  "$jdk/bin/java" -cp "$work" Service >"$work/service" 2>&1 &
  service=$!
  until grep -q ready "$work/service"; do
    kill -0 $service || return 1
    sleep 0.2
  done
}

# A newer JDK than those that the profiler knows is refused, and the JVM goes on.
profile() {
  service || return 1
  if [ "$release" -gt 27 ]; then
    onemalloc profile --seconds 1 $service >"$work/said" 2>&1
    [ $? = 2 ] && has 'the profiler is known to work up to JDK 27' && kill $service
    return
  fi
  says profile --seconds 4 --report page.html $service && has 'Java: Service|the JVM' && [ -s page.html ]
  local status=$?
  kill $service 2>/dev/null
  return $status
}

top() {
  service || return 1
  says top --once --json $service && has "\"glibc[A-Za-z]*\": *[1-9]"
  local status=$?
  kill $service 2>/dev/null
  return $status
}

# Programs with the agent: its figures beside those of the kernel, of jcmd and of inspect.
probe() {
  [ "$release" -ge 17 ] || return $nothing
  local jars="$given/../probe" flags=(-Xms128m -Xmx128m -XX:+AlwaysPreTouch) program
  [ "$release" -lt 22 ] || flags+=(--enable-native-access=ALL-UNNAMED)
  for program in "Held.java netty 64" Parquet.java; do
    # shellcheck disable=SC2086
    probed "$jars/onemalloc-probe.jar" ready true "${flags[@]}" -cp "$jars/*" $program ||
      { echo "$program: $(tail -n 3 "$work/probed")"; return 1; }
  done
}

probed() {
  rm -f to && mkfifo to
  "$jdk/bin/java" Probed.java "$jdk" "$@" <to >"$work/probed" 2>&1 &
  local checker=$! pid seen least most status=0
  exec 8>to
  compared $checker 1 || return 1
  pid=$(sed -n 's/^pid //p' "$work/probed")
  says inspect --expect system --json "$work/json" "$pid" || status=1
  seen=$(($(number glibcArenaBytes) + $(number glibcMappedBytes)))
  echo >&8
  compared $checker 2 || return 1
  # The heap may have changed since the first look.
  read -r -d '' least most < <(sed -n 's/^onemalloc_glibc_held_bytes //p' "$work/probed" | sort -n)
  [ $((least * 95)) -le $((seen * 100)) ] && [ $((seen * 100)) -le $((most * 105)) ] ||
    { echo "inspect sees $seen of glibc's heap, the probe $least to $most" >>"$work/probed"; status=1; }
  exec 8>&-
  wait $checker
  return $status
}
# Whether the checker has compared so many times; waits for it.
compared() {
  until [ "$(grep -c '^compared$' "$work/probed")" = "$2" ]; do
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.2
  done
}

for part; do
  begin=$SECONDS
  reason=$($part 2>&1)
  case $? in
    0) said=ok ;;
    "$nothing") said=- ;;
    *) said="FAILED: $(tr '\n\t' '  ' <<<"$reason")" ;;
  esac
  printf '%s\t%s\t%s\n' "$part" "$((SECONDS - begin))" "$said"
done
