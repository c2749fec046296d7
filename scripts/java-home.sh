# Sourced by the scripts: sets the variable jdk to a JDK of 25 or newer, wherever it is.
# JAVA_HOME stays as it was: `run` hands the environment on to the user's program.
# Reads each candidate's own release file instead of starting it, which would cost 40 ms apiece.

java_release() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  local line
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=*)
        line=${line#*\"}
        line=${line%%[!0-9]*}
        [ "${line:-0}" -ge 25 ]
        return
        ;;
    esac
  done <"$1/release"
  return 1
}

find_jdk() {
  local candidate java=
  java=$(command -v java 2>/dev/null) && java=$(readlink -f "$java")
  for candidate in "${JAVA_HOME:-}" "${java%/bin/java}" ${ONEMALLOC_JDKS:-/usr/lib/jvm/*}; do
    if [ -n "$candidate" ] && java_release "$candidate"; then
      jdk=$candidate
      return 0
    fi
  done
  echo "onemalloc: needs a JDK of 25 or newer; install one (for example Temurin 25) under /usr/lib/jvm or set JAVA_HOME." >&2
  return 2
}
