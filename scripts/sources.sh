# Sourced by onemalloc and build-command.sh, with home set: whether the command that is built is that
# of these sources. Their content decides, so a checkout that was copied is not built again. A list
# of them with sizes and times, compared first, says within milliseconds that nothing was touched:
# whatever writes a file changes its ctime.

dist=$home/cli/target/dist
parts=(text objectfile allocators inspect compare collect link profile top heap examples/service cli)

source_files() {
  local here=(pom.xml native/include native/bindings) part
  for part in "${parts[@]}"; do
    [ -d "$home/$part/src/main" ] && here+=("$part/pom.xml" "$part/src/main")
  done
  (cd "$home" && find "${here[@]}" -type f "$@")
}

source_list() { source_files -printf '%p %s %T@ %C@\n'; }

source_digest() {
  (cd "$home" && source_files -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

# Notes what the command in $dist was built from. The JVM takes the start-up cache only for a jar
# with the time that it had when the cache was made, and a copy has a time of its own.
note_built() {
  echo "$1" >"$dist/.sources"
  source_list >"$dist/.list"
  touch -d @1767225600 "$dist/onemalloc.jar"
}

stale() {
  [ -f "$dist/.sources" ] && [ -f "$dist/.list" ] || return 0
  [ "$(source_list)" != "$(<"$dist/.list")" ] || return 1
  local digest
  digest=$(source_digest)
  [ "$digest" = "$(<"$dist/.sources")" ] || return 0
  note_built "$digest" 2>/dev/null || true
  return 1
}
