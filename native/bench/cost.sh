#!/usr/bin/env bash
# What a call through the seam costs, on glibc, jemalloc and mimalloc, in every form. Needs cc and libjemalloc-dev.
#   plain   malloc and free through the PLT: what the others are compared with
#   again   the very same code once more: how far two equal things differ here
#   weak    the host binding in the calling shared library: extended calls by weak references, checked once
#   direct  the binding of an executable
#   other   the host binding in another shared library, called through the PLT
# TURNS is how often they take turns, 21 by default.
# The static part compares with malloc and free called directly in a fully static program.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
turns=${TURNS:+-DTURNS=$TURNS}
flags="-O2 -fPIC -fno-builtin -falign-functions=64 -falign-loops=64 -I$home/include"

way() { cc $flags "-DWORKER(x)=$1##x" $2 -c "$home/bench/worker.c" -o "$1.o"; }
way plain ""; way again ""; way weak -DTHROUGH_SEAM; way direct -DTHROUGH_SEAM; way other -DTHROUGH_SEAM

# The cache may have the library for another processor too.
mimalloc=${MIMALLOC:-}
for carried in $(ls -t {/var/cache,~/.cache}/onemalloc/libonemalloc-mimalloc-*.so 2>/dev/null || true); do
  [ -z "$mimalloc" ] && cc -shared -o probe.so "$carried" 2>/dev/null && mimalloc=$carried
done
names=()
if [ -n "$mimalloc" ]; then
  cp "$mimalloc" libonemalloc-mimalloc.so
  nm -D libonemalloc-mimalloc.so | grep ' one_mi_expand$' >/dev/null && names=('-DMIMALLOC_PREFIX="one_"')
fi
for binding in host jemalloc mimalloc malloc; do
  cc -std=gnu11 -O2 -fPIC -fno-plt "${names[@]}" -I"$home/include" -c "$home/bindings/$binding.c" -o "$binding-binding.o"
done
cc -shared -o libplain.so plain.o
cc -shared -o libagain.so again.o
cc -shared -o libweak.so weak.o host-binding.o
cc -shared -o libhost.so host-binding.o
cc -shared -o libother.so other.o -L. -lhost -Wl,-rpath,"$work"
pinned() { taskset -c "${CPU:-0}" "$@"; }

for allocator in malloc jemalloc mimalloc; do
  case $allocator in
    malloc) library= ;;
    jemalloc) library=-ljemalloc ;;
    mimalloc) library=-lonemalloc-mimalloc; [ -n "$mimalloc" ] || continue ;;
  esac
  cc -shared -o "libdirect-$allocator.so" direct.o "$allocator-binding.o"
  cc -O2 $turns "$home/bench/cost.c" -o "cost-$allocator" -L. -Wl,-rpath,"$work" -Wl,--no-as-needed $library \
    -lplain -lagain -lweak "-ldirect-$allocator" -lother
  echo "== $allocator"
  pinned "./cost-$allocator"
done
archive=$(cc -print-file-name=libjemalloc.a)
for allocator in malloc jemalloc; do
  [ $allocator = malloc ] && library= || library="-Wl,-u,free $archive -lm"
  cc -O2 $turns -static "$home/bench/cost.c" plain.o again.o direct.o "$allocator-binding.o" $library -o "static-$allocator"
  echo "== $allocator, static"
  pinned "./static-$allocator"
done
