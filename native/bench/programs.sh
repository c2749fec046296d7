#!/usr/bin/env bash
# Two programs of some size, built both ways: Lua from Debian's source package, and a parser of Rust from the Rust
# sources that Debian packages (librust-syn-dev). Prints CPU seconds and peak memory of each build, runs interleaved.
#   programs.sh ONEMALLOC LUA_SOURCE [RUNS]    LUA_SOURCE is what apt-get source lua5.4 unpacks, with src/ in it
#   plain    built as always, glibc's malloc
#   malloc   the same objects, the executable linked with the allocator: malloc and free alone
#   seam     through the seam: sized frees and the rest; on glibc by the host binding
set -euo pipefail
onemalloc=$(readlink -f "$1") lua=$(readlink -f "$2") runs=${3:-5}
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=${WORK:-$(mktemp -d)} # WORK: a directory that is kept, so that the next call only runs what is there
[ -n "${WORK:-}" ] && mkdir -p "$WORK" || trap 'rm -rf "$work"' EXIT
cd "$work"
link() { local allocator=$1; shift; "$onemalloc" link --kind executable -a "$allocator" -- "$@"; }

build() {
# Lua: its one allocating function, with the sizes that it is given anyway.
cat >seam.c <<'END'
#include "onemalloc.h"
void *l_alloc_seam(void *ud, void *block, size_t old_size, size_t new_size) {
  (void)ud;
  if (block == NULL) {
    return new_size == 0 ? NULL : onemalloc_allocate(new_size, 8);
  }
  if (new_size == 0) {
    onemalloc_deallocate(block, old_size, 8);
    return NULL;
  }
  return onemalloc_reallocate(block, old_size, new_size, 8);
}
END
flags="-O2 -DLUA_COMPAT_5_3 -DLUA_USE_LINUX"
sources=$(ls "$lua"/src/*.c | grep -v 'luac\.c')
mkdir plain seam
for file in $sources; do cc $flags -c "$file" -o "plain/$(basename "$file" .c).o"; done
cp plain/*.o seam/
sed 's/lua_newstate(l_alloc, NULL)/lua_newstate(l_alloc_seam, NULL)/; s/^static void \*l_alloc (/extern void *l_alloc_seam(void *, void *, size_t, size_t);\n__attribute__((unused)) &/' \
  "$lua/src/lauxlib.c" >lauxlib.c
cc $flags -I"$lua/src" -c lauxlib.c -o seam/lauxlib.o
cc -O2 -I"$home/include" -c seam.c -o seam/seam.o
cc -O2 -fPIC -fno-plt -std=gnu11 -I"$home/include" -c "$home/bindings/host.c" -o host.o
cc -o lua-plain plain/*.o -lm -ldl -Wl,-E
cc -o lua-seam-glibc seam/*.o host.o -lm -ldl -Wl,-E
for allocator in jemalloc mimalloc; do
  link "$allocator" cc -o "lua-malloc-$allocator" plain/*.o -lm -ldl -Wl,-E
  link "$allocator" cc -o "lua-seam-$allocator" seam/*.o -lm -ldl -Wl,-E
done
cat >work.lua <<'END'
local function tree(depth)
  if depth == 0 then return {} end
  return {tree(depth - 1), tree(depth - 1)}
end
local function count(t) return t[1] and 1 + count(t[1]) + count(t[2]) or 1 end
local kept, total = tree(16), 0
for i = 1, 60 do total = total + count(tree(13)) end
local words = {}
for i = 1, 300000 do words[#words + 1] = ("word %d of the text"):format(i % 5000 + i) end
local text = table.concat(words, " ")
local seen = {}
for word in text:gmatch("%w+") do seen[word] = (seen[word] or 0) + 1 end
print(total, count(kept), #text)
END

# Rust: every source file that Debian packages is here, parsed into its syntax tree.
if [ -d /usr/share/cargo/registry/syn-1.0.107 ]; then
  mkdir -p app/src app/.cargo
  cat >app/Cargo.toml <<END
[package]
name = "app"
version = "0.1.0"
edition = "2021"
[features]
seam = ["onemalloc"]
[dependencies]
syn = { version = "1", features = ["full", "extra-traits"] }
onemalloc = { path = "$home/rust", optional = true }
[profile.release]
debug = false
END
  cat >app/.cargo/config.toml <<'END'
[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "/usr/share/cargo/registry"
END
  cat >app/src/main.rs <<'END'
#[cfg(feature = "seam")]
#[global_allocator]
static HEAP: onemalloc::Heap = onemalloc::Heap;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).map(|f| std::fs::read_to_string(f).unwrap()).collect();
    let (mut items, mut kept) = (0, Vec::new());
    for turn in 0..8 {
        for text in &files {
            if let Ok(file) = syn::parse_file(text) {
                items += file.items.len() + file.items.clone().len();
                if turn == 0 {
                    kept.push(file);
                }
            }
        }
    }
    println!("{} {}", items, kept.len());
}
END
  cargo_build() { (cd app && "${@:3}" cargo rustc --offline --quiet --release --features "$2" --target-dir "../rust-$1"); }
  cargo_build plain "" env
  for allocator in jemalloc mimalloc; do
    cargo_build "malloc-$allocator" "" "$onemalloc" link --kind executable -a "$allocator" --
    cargo_build "seam-$allocator" seam "$onemalloc" link --kind executable -a "$allocator" --
  done
fi
}
[ -e built ] || { build && touch built; }

python3 - "$runs" "$work" <<'END'
import glob, os, statistics, sys
runs, work = int(sys.argv[1]), sys.argv[2]
sources = sorted(glob.glob('/usr/share/cargo/registry/*/src/**/*.rs', recursive=True))
programs = {}
for way in ('plain', 'seam-glibc', 'malloc-jemalloc', 'seam-jemalloc', 'malloc-mimalloc', 'seam-mimalloc'):
    if os.path.exists(f'{work}/lua-{way}'):
        programs[f'lua {way}'] = [f'{work}/lua-{way}', f'{work}/work.lua']
    if os.path.exists(f'{work}/rust-{way}/release/app'):
        programs[f'rust {way}'] = [f'{work}/rust-{way}/release/app', *sources]
figures = {name: [] for name in programs}
for run in range(runs + 1):
    for name, command in programs.items():
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, '/dev/null', os.O_WRONLY, 0)])
        _, status, usage = os.wait4(pid, 0)
        assert status == 0, (name, status)
        if run:  # the first warms up
            figures[name].append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
for name, values in figures.items():
    base = figures[name.split()[0] + ' plain']
    cpu = statistics.median(v[0] for v in values); peak = statistics.median(v[1] for v in values)
    ratio = statistics.median(v[0] / b[0] for v, b in zip(values, base))
    print(f'{name:22} {cpu:6.2f} s  {ratio:5.2f}   {peak:6.1f} MB  {peak / statistics.median(b[1] for b in base):5.2f}')
END
