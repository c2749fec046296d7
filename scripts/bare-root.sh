#!/usr/bin/env bash
# A fresh machine: a minimal Debian with a JDK, Maven and a copy of this checkout, and nothing else.
#   scripts/bare-root.sh make SUITE DIR        makes the root directory DIR
#   scripts/bare-root.sh run DIR COMMAND…      runs a command in its copy of the checkout
#   scripts/bare-root.sh enter DIR COMMAND…    runs a command in it, without JDK and Maven
# Needs root, mmdebstrap and a mirror of Debian. The Maven repository of this machine lies under an
# overlay, so that nothing is fetched twice and nothing is written into it.
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$home/scripts/java-home.sh"
find_jdk || exit 2

make_root() {
  local suite=$1 root=$2 maven
  command -v mmdebstrap >/dev/null || { echo "bare-root: needs mmdebstrap; install it." >&2; exit 2; }
  maven=$(dirname "$(dirname "$(readlink -f "$(command -v mvn)")")")
  mkdir -p "$root"
  mmdebstrap --quiet --variant=minbase "$suite" "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >&2
  mkdir -p "$root/root/.m2/repository" "$root/root/onemalloc"
  # Without their links, which lead to other packages of this machine.
  cp -aL "$jdk" "$root/opt/jdk"
  cp -aL "$maven" "$root/opt/maven"
  # What is fetched in the root goes through this machine's resolver.
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  (cd "$home" && sources | tar --null -T - -c) | tar -C "$root/root/onemalloc" -x
}

# What a clone would have. Where git does not answer, as in an exported tree: all that is not built.
sources() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard |
      xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' sh
  else
    find . \( -name target -o -name .git \) -prune -o \( -type f -o -type l \) -print0
  fi
}

run_in_root() {
  local root=$1
  shift
  local repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
  mkdir -p "$root.m2/upper" "$root.m2/work" "$repository"
  root=$(realpath "$root") repository=$repository unshare --mount --pid --fork sh -euc '
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t overlay overlay \
      -o "lowerdir=$repository,upperdir=$root.m2/upper,workdir=$root.m2/work" \
      "$root/root/.m2/repository"
    exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 JAVA_HOME=/opt/jdk \
      PATH=/opt/maven/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      sh -c "cd /root/onemalloc && exec \"\$@\"" sh "$@"' sh "$@"
}

enter_root() {
  local root=$1
  shift
  root=$(realpath "$root") unshare --mount --pid --fork sh -euc '
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' sh "$@"
}

case ${1:-} in
  make) make_root "$2" "$3" ;;
  run) shift && run_in_root "$@" ;;
  enter) shift && enter_root "$@" ;;
  *) sed -n '2,7s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
