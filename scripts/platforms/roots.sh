# Sourced by scripts/matrix: the roots that it runs in, made by mmdebstrap and kept in $roots.

# A root: its JDKs and its packages. The last of sid is its newest early access. "own" is the JDK that the command runs on, from this machine.
common=ca-certificates,gcc,libc6-dev,libjemalloc2
jdks_of() {
  case $1 in
    bullseye) echo "11 17 own" ;;
    bookworm) echo "17 own" ;;
    trixie) echo "21 25" ;;
    sid) echo "8 11 17 21 25 26 27 28" ;;
    arm64) echo "25" ;;
  esac
}
packages_of() {
  local release
  case $1 in
    arm64) printf %s libc6,libc-bin,coreutils,bash,dash,sed,grep,mawk,findutils,diffutils,libjemalloc2 ;;
    qemu) printf %s qemu-user ;;
    *) printf %s "$common" ;;
  esac
  for release in $(jdks_of "$1"); do
    [ "$release" = own ] || printf ',openjdk-%s-jdk-headless' "$release"
  done
}

# The name has the packages: a root made for others is not taken.
root_of() { echo "$roots/$1-$(packages_of "$1" | cksum | cut -d' ' -f1)"; }

make_root() {
  local root mirror options=(--variant=minbase) suite=$1
  root=$(root_of "$1")
  [ ! -d "$root" ] || return 0
  [ "$1" != sid ] || options+=('--aptopt=Acquire::Check-Valid-Until "false"')
  [ "$1" != arm64 ] || suite=trixie options=(--arch=arm64 --variant=extract)
  [ "$1" != qemu ] || suite=trixie options=(--variant=extract)
  mkdir -p "$roots"
  rm -rf --one-file-system "$root.part"
  # The archive alone: the other suites of a release that is no longer supported may be gone.
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep '/debian/$' | head -n 1)}
  mmdebstrap --quiet "${options[@]}" --include="$(packages_of "$1")" "$suite" "$root.part" \
    "$mirror" >&2 || return 1
  [ "$1" != arm64 ] || complete "$root.part" || return 1
  mv "$root.part" "$root"
}

# What the packages' scripts would have done, which do not run where the processor is another.
complete() {
  local name
  for name in bin sbin lib; do [ -e "$1/$name" ] || ln -s "usr/$name" "$1/$name"; done
  ln -sf dash "$1/usr/bin/sh"
  ln -sf mawk "$1/usr/bin/awk"
  mkdir -p "$1"/{proc,sys,dev,tmp,root,etc}
  echo root:x:0:0::/root:/bin/sh >"$1/etc/passwd"
  enter_arm64 "$1" /sbin/ldconfig
}

# Runs a command in a root, where this checkout and the command's own JDK are at their places.
# The root is no mount point on purpose: some look for the one of / and find none.
enter() {
  local root=$1
  shift
  root=$root home=$home jdk=$jdk scratch=$scratch \
    unshare --mount --pid --fork --kill-child sh -euc '
    for each in "$home" "$jdk" "$scratch"; do
      mkdir -p "$root$each"
      mount --bind "$each" "$root$each"
      mount -o remount,bind,ro "$root$each"
    done
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" env -i LANG=C.UTF-8 JAVA_HOME="$jdk" PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
  ' sh "$@"
}

# The same where each program is emulated. Since Linux 6.7 a user namespace has a binfmt_misc of its
# own: nothing is changed outside of it. The flag F lets the kernel open qemu before the chroot.
enter_arm64() {
  local root=$1 qemu
  shift
  make_root qemu || return 1
  qemu=$(root_of qemu)/usr/bin/qemu-aarch64
  root=$root home=$home scratch=$scratch qemu=$qemu \
    unshare --user --map-root-user --mount --pid --fork --kill-child bash -euc '
    for each in "$home" "$scratch"; do
      mkdir -p "$root$each"
      mount --rbind "$each" "$root$each"
    done
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mount -t binfmt_misc binfmt_misc "$root/proc/sys/fs/binfmt_misc"
    zeros="\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
    ones="\\xff\\xff\\xff\\xff\\xff\\xff\\xff"
    magic="\\x7fELF\\x02\\x01\\x01\\x00$zeros\\x02\\x00\\xb7\\x00"
    mask="$ones\\x00$ones\\xff\\xfe\\xff\\xff\\xff"
    printf "%s\n" ":arm64:M::$magic:$mask:$qemu:OCF" >"$root/proc/sys/fs/binfmt_misc/register"
    exec chroot "$root" env -i LANG=C.UTF-8 JAVA_HOME=/usr/lib/jvm/java-25-openjdk-arm64 \
      PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
  ' bash "$@"
}
