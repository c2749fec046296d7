# Sourced by release: what is made of the directory $tree.

tarball() {
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --format=gnu -C "$work" -c "$(basename "$tree")" |
    gzip -n -9 >"$out/$(basename "$tree").tar.gz"
}

debian_package() {
  local root=$work/deb size
  local lib=$root/usr/lib/onemalloc share=$root/usr/share
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$lib" "$share/doc/onemalloc" "$share/lintian/overrides" \
    "$share/zsh/vendor-completions"
  cp -a "$tree/bin" "$tree/lib" "$lib/"
  ln -s ../lib/onemalloc/bin/onemalloc "$root/usr/bin/onemalloc"
  cp -a "$tree/share/man" "$tree/share/bash-completion" "$tree/share/fish" "$share/"
  cp -a "$tree/share/zsh/site-functions/_onemalloc" "$share/zsh/vendor-completions/"
  gzip -n -9 "$share/man/man1/"*.1
  {
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo "Upstream-Name: onemalloc"
    echo
    echo "Files: *"
    echo "Copyright: 2026 $authors, and those named below"
    echo "License: Apache-2.0"
    echo " On Debian systems the text is in /usr/share/common-licenses/Apache-2.0."
    echo " ."
    sed 's/^$/./; s/^/ /' "$tree/NOTICE"
  } >"$share/doc/onemalloc/copyright"
  printf 'onemalloc (%s-1) unstable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n -- %s  %s\n' \
    "${version/-/\~}" "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" |
    gzip -n -9 >"$share/doc/onemalloc/changelog.Debian.gz"
  cp scripts/release-lintian "$share/lintian/overrides/onemalloc"
  size=$(du -k -s "$root/usr" | cut -f 1)
  cat >"$root/DEBIAN/control" <<CONTROL
Package: onemalloc
Version: ${version/-/\~}-1
Architecture: amd64
Maintainer: $maintainer
Installed-Size: $size
Depends: libc6 (>= 2.17)
Section: utils
Priority: optional
Homepage: $homepage
Description: one heap per process, the best one for this program, proven
 Runs any program on another allocator and proves it, compares allocators
 side by side, makes the choice in a Java image or a program, and shows who
 allocates native memory in a process. Brings its own Java runtime.
CONTROL
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  chmod -R u=rwX,go=rX "$root"
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz --build "$root" \
    "$out/onemalloc_${version/-/\~}-1_amd64.deb" >/dev/null
}

oci_image() {
  "$jdk/bin/java" -cp "dist/target/classes:$(cat dist/target/class-path)" \
    org.onemalloc.dist.Image "$tree" "$out/onemalloc-$version-image.tar" "$version" \
    "$SOURCE_DATE_EPOCH" >&2
}

# The tarball as an artifact, for builds that have no Java 25: the goal onemalloc:link takes it.
command_artifact() {
  local place=$out/maven/org/onemalloc/onemalloc-command/$version file
  mkdir -p "$place"
  sed -e '/^<!-- Without/d' -e '/<dependencyManagement>/,/<\/dependencyManagement>/d' \
    -e 's/onemalloc-bom/onemalloc-command/' \
    -e 's|<description>.*|<description>The command onemalloc with a Java runtime of its own, by a classifier for each platform.</description>|' \
    bom/pom.xml >"$place/onemalloc-command-$version.pom"
  cp "$out/$(basename "$tree").tar.gz" "$place/onemalloc-command-$version-linux-x64.tar.gz"
  for file in "$place"/*; do
    md5sum <"$file" | cut -d ' ' -f 1 | tr -d '\n' >"$file.md5"
    sha1sum <"$file" | cut -d ' ' -f 1 | tr -d '\n' >"$file.sha1"
  done
}

bill_of_materials() {
  cp cli/target/bom.json "$out/onemalloc-$version.cdx.json"
}
