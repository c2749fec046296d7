# Sourced by prepare and compare with their arguments: sets what their NAME and DIRECTORY mean, and
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
