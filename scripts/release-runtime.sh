# Sourced by release: the directory that tarball, package and image hold. Its own Java runtime is
# linked with mimalloc by onemalloc itself, and proven, before its start-up cache is made.

# jdk.jcmd and jdk.attach: inspect --attach, profile, top; java.management.rmi: top's connection;
# jdk.jfr and jdk.zipfs: profile's recordings, inspect's jars; jdk.unsupported: the built-in example.
modules=java.base,java.management,java.management.rmi,jdk.attach,jdk.jcmd,jdk.jfr,jdk.unsupported,jdk.zipfs

java_flags=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData --enable-native-access=ALL-UNNAMED)

runtime() {
  tree=$work/onemalloc-$version-linux-x64
  mkdir -p "$tree/bin" "$tree/lib"
  "$jdk/bin/java" scripts/CommandJar.java cli/target/command.jar "$tree/lib/onemalloc.jar"
  cp -r cli/target/dist/example "$tree/lib/"
  "$jdk/bin/jlink" --add-modules "$modules" --strip-java-debug-attributes --no-header-files \
    --no-man-pages --compress=zip-9 --output "$tree/lib/runtime"
  launcher >"$tree/bin/onemalloc"
  chmod 755 "$tree/bin/onemalloc"
  XDG_CACHE_HOME=$work/cache "$tree/lib/runtime/bin/java" "${java_flags[@]}" \
    -jar "$tree/lib/onemalloc.jar" link "$tree/lib/runtime" --tuned --verify >&2
  texts
  chmod -R u=rwX,go=rX "$tree"
  find "$tree/lib/runtime/lib" -name '*.so' -exec chmod a-x {} +
  find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  startup_cache
}

# The script of the sources, which finds its Java and its jar elsewhere in a release and builds
# nothing.
launcher() {
  sed -e '2c # The command, on the Java runtime that it brings.' \
    -e '/scripts\/java-home\.sh"$/c case $home/ in */./* | */../*) home=$(cd "$home" \&\& pwd -P) ;; esac\nhome=${home%/*}\njdk=$home/lib/runtime\ndist=$home/lib' \
    -e '/scripts\/sources\.sh"$/d' -e '/^find_jdk /d' \
    -e '/^# ONEMALLOC_AS_BUILT/,/^fi$/d' \
    -e 's|-XX:AOTCache="$dist/onemalloc.aot"|-XX:SharedArchiveFile="$dist/onemalloc.jsa"|' onemalloc \
    >"$work/launcher"
  if grep -qE 'scripts/|AOTCache|find_jdk' "$work/launcher"; then
    refuse "the launcher of the sources has changed: see launcher in scripts/release-runtime.sh."
  fi
  cat "$work/launcher"
}

# The classes that the training run loads, without what differs from run to run, and all of the jar:
# the same list, and an archive that is dumped by the interpreter alone, make the same bytes.
startup_cache() {
  (
    cd "$tree"
    # The second run counts: the first derives libraries, and what that loads differs.
    for _ in first second; do
      XDG_CACHE_HOME=$work/cache lib/runtime/bin/java "${java_flags[@]}" -Xlog:disable \
        -XX:DumpLoadedClassList="$work/loaded" -cp lib/onemalloc.jar org.onemalloc.cli.Training \
        "$tree/lib/runtime" >/dev/null
    done
    {
      grep -vE '^(@cp|#)|source:' "$work/loaded" | sed 's/ id: .*//'
      "$jdk/bin/jar" tf lib/onemalloc.jar | sed -n '/^META-INF/!s/\.class$//p'
    } | sort -u >"$work/classes"
    lib/runtime/bin/java "${java_flags[@]}" -Xint -Xlog:disable -Xshare:dump \
      -XX:SharedClassListFile="$work/classes" -XX:SharedArchiveFile=lib/onemalloc.jsa \
      -cp lib/onemalloc.jar >/dev/null
    touch -d "@$SOURCE_DATE_EPOCH" lib/onemalloc.jsa lib
  )
}

# Completion and manual pages from the command's own model, licences of all that is inside.
texts() {
  mkdir -p "$tree/share/doc/onemalloc" "$tree/share/man/man1"
  "$tree/lib/runtime/bin/java" -cp "$tree/lib/onemalloc.jar" org.onemalloc.cli.Texts \
    "$tree/share" "$version" "${time%%T*}"
  cp LICENSE "$tree/"
  "$jdk/bin/java" scripts/Notice.java cli/target/bom.xml >"$tree/NOTICE"
}
