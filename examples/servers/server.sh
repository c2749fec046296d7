# Sourced by prepare, compare and tune with their arguments: sets what their NAME and DIRECTORY mean, and
# what NAME/system.sh says about the server.
servers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=${1-} here=$servers/${1-}
if [ -z "$name" ] || [ ! -f "$here/system.sh" ] || [ -z "${2-}" ]; then
  echo "${0##*/}: name a server and a directory: kafka, flink, cassandra or opensearch; see $0" >&2
  exit 2
fi
home=$(realpath -m "$2")
case $here$home in
  *[!A-Za-z0-9/._+-]*)
    echo "${0##*/}: $here and $home stand in files of settings: use paths of letters, digits and /._+-" >&2
    exit 2
    ;;
esac

# A load whose output is not recognised prints its figures as lines of NAME VALUE UNIT.
report='>>"$ONEMALLOC_FIGURES"'
user=
. "$servers/../../scripts/java-home.sh"
set_java() { find_jdk "$1" "$2" || exit 2; java=$jdk/bin/java; }
. "$here/system.sh"

# Whether the command line, in words, has one of the options.
given() { # OPTION…
  local option word
  for option; do
    for word in "${words[@]}"; do [[ $word != "$option"* ]] || return 0; done
  done
  return 1
}

# Ends in onemalloc COMMAND for this server, with the options in words.
measure() { # COMMAND
  if [ ! -d "$home/jars" ]; then
    echo "$1: first make it: $servers/prepare $name $home" >&2
    exit 2
  fi
  [ -z "$user" ] || [ "$EUID" != 0 ] || words+=(--user "$user")

  # Not by @java.options, which would hide from the proof of system+trim whether a JVM has its flag.
  if [ -f "$home/java.options" ]; then
    JDK_JAVA_OPTIONS=$(grep -v '^#' "$home/java.options" | tr '\n' ' ')
    export JDK_JAVA_OPTIONS
  fi
  exec "$servers/../../onemalloc" "$1" --before "$before" --server "$server" --ready "$ready" \
    --ready-within 180 --load "$load" --rest 3 "${words[@]}"
}
