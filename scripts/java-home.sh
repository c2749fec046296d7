# Sourced by the scripts: find_jdk sets the variable jdk to a JDK of 25 or newer, wherever it is, and
# find_jdk FROM TO to one of these versions.
# JAVA_HOME stays as it was: `run` hands the environment on to the user's program.
# Reads each candidate's own release file instead of starting it, which would cost 40 ms apiece.

java_release() { # DIRECTORY FROM TO
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  local line
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=*)
        line=${line#*\"}
        line=${line%%[!0-9]*}
        [ "${line:-0}" -ge "$2" ] && [ "${line:-0}" -le "$3" ]
        return
        ;;
    esac
  done <"$1/release"
  return 1
}

find_jdk() {
  local candidate java='' from=${1:-25} to=${2:-999} version
  java=$(command -v java 2>/dev/null) && java=$(readlink -f "$java")
  for candidate in "${JAVA_HOME:-}" "${java%/bin/java}" ${ONEMALLOC_JDKS:-/usr/lib/jvm/*}; do
    if [ -n "$candidate" ] && java_release "$candidate" "$from" "$to"; then
      jdk=$candidate
      return 0
    fi
  done
  version="$from or newer"
  case $to in 999) ;; "$from") version=$from ;; *) version="$from to $to" ;; esac
  echo "onemalloc: needs a JDK of $version; install one (for example Temurin $from) under /usr/lib/jvm or set JAVA_HOME." >&2
  return 2
}
