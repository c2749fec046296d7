"""The cache, and what every row uses: the launcher, QEMU's plugin, the allocators and the shims."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from studies.model import Unusable
from studies.packages import Packages

HOME = Path(__file__).resolve().parent.parent
NATIVE = HOME / "studies" / "native"
SEAM = HOME / "native"

JEMALLOC = (
    "libjemalloc2 5.3.0-1 a4117c23c5c8acf6c9678a6cb086f000b79476369da7efe8a78a70826956ad3d",
    "libjemalloc-dev 5.3.0-1 1a883483ac9cb9adb62e1359438fa49a84bfe0b526fb62c64285031530672665",
)

# Name of a shim to (WAY of heap.h, further flags of the preprocessor, linked with a hidden jemalloc).
SHIMS = {
    "pass": ("PASS", (), False),
    "sized": ("SIZED", (), False),
    "sized4k": ("SIZED4K", (), False),
    "copy": ("COPY", (), False),
    "weak": ("WEAK", (), False),
    "other": ("OTHER", (), False),
    "libc": ("LIBC", (), False),
    "own": ("PASS", (), True),
    "own-sized": ("SIZED", (), True),
    "libc-blocks": ("LIBC", ("BLOCKS",), False),
    "own-blocks": ("PASS", ("BLOCKS",), True),
    "count": ("PASS", ("COUNT",), False),
}
# The seam of onemalloc.h in these bindings of native/bindings.
BINDINGS = ("malloc", "jemalloc", "host")


def need(*programs):
    for program, package in programs:
        if shutil.which(program) is None:
            raise Unusable(f"needs {program}: install {package}.")


def content(*paths):
    """One digest of files and of all files in folders."""
    whole = hashlib.sha256()
    for path in paths:
        files = sorted(f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts) \
            if path.is_dir() else [path]
        for file in files:
            whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:16]


def run(*command, **options):
    """Runs a build step; its output is shown only if it fails."""
    result = subprocess.run([str(word) for word in command], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                            **options)
    if result.returncode != 0:
        raise Unusable(f"{' '.join(str(word) for word in command)} failed with {result.returncode}:\n"
                       f"{(result.stdout + result.stderr)[-3000:]}")
    return result.stdout


def built(folder, key, build):
    """Lets `build` fill a new folder, once for each key; a build that was interrupted leaves none."""
    stamp = folder / ".key"
    if not (stamp.exists() and stamp.read_text() == key):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build(folder)
        stamp.write_text(key)
    return folder


class Tools:
    """Everything that is built once for all rows."""

    def __init__(self, cache=None):
        self.cache = Path(cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "onemalloc-study")
        self.packages = Packages(self.cache)
        self._mimalloc = None

    def prepare(self):
        need(("gcc", "gcc"), ("qemu-x86_64", "qemu-user"), ("dpkg-deb", "dpkg"), ("dpkg-source", "dpkg-dev"),
             ("apt-get", "apt"))
        self.jemalloc_root = self.packages.unpacked(JEMALLOC, self.cache / "jemalloc")
        libraries = self.jemalloc_root / "usr/lib/x86_64-linux-gnu"
        self.jemalloc = libraries / "libjemalloc.so.2"
        self.jemalloc_pic = libraries / "libjemalloc_pic.a"
        self.jemalloc_archive = libraries / "libjemalloc.a"
        self.jemalloc_include = self.jemalloc_root / "usr/include"
        key = content(NATIVE, SEAM / "bindings", SEAM / "include", Path(__file__))
        self.key = key
        self.folder = built(self.cache / "tools", key, self._build)
        self.launch = self.folder / "launch"
        self.plugin = self.folder / "libicount.so"
        self.fixed = self.folder / "libfixed.so"
        self.clock = self.folder / "libclock.so"

    def _build(self, folder):
        run("gcc", "-O2", "-static", "-o", folder / "launch", NATIVE / "launch.c")
        # The plugin's functions are QEMU's, which is there when it is loaded.
        run("gcc", "-O2", "-shared", "-fPIC", "-o", folder / "libicount.so", NATIVE / "icount.c")
        for name in ("other", "ccount", "fixed", "clock"):
            run("gcc", "-O2", "-fPIC", "-shared", "-fno-builtin", "-o", folder / f"lib{name}.so", NATIVE / f"{name}.c")
        run("gcc", "-O2", "-fPIC", "-shared", "-fno-builtin", "-o", folder / "libcfree.so", NATIVE / "cfree.c")
        for binding in BINDINGS:
            run("gcc", "-std=gnu11", "-O2", "-fPIC", "-fno-plt", "-I", SEAM / "include", "-c",
                SEAM / "bindings" / f"{binding}.c", "-o", folder / f"{binding}.o")
        script = folder / "shown.map"
        script.write_text("{ global: __rust_*; _Zn*; _Zd*; study_c_frees; local: *; };\n")
        for front in ("rust", "cpp"):
            for name, (way, flags, own) in SHIMS.items():
                self._shim(folder, front, name, way, flags, script, own)
            for binding in BINDINGS:
                run("gcc", "-O2", "-fPIC", "-shared", "-fno-builtin", "-DWAY=SEAM", "-I", SEAM / "include",
                    NATIVE / f"{front}.c", folder / f"{binding}.o", "-o", folder / f"{front}-seam-{binding}.so",
                    f"-Wl,--version-script={script}", *([f"-Wl,--no-as-needed", self.jemalloc] if binding == "jemalloc" else []))

    def _shim(self, folder, front, name, way, flags, script, own):
        libraries = []
        if own:
            # Hidden by the script: nothing else of the process can bind to it.
            libraries = [self.jemalloc_pic, "-lm", "-lpthread"]
        elif way == "OTHER":
            # gcc links --as-needed in Debian's default; left out, the calls would go astray without a word.
            libraries = ["-Wl,--no-as-needed", folder / "libother.so", f"-Wl,-rpath,{folder}"]
        run("gcc", "-O2", "-fPIC", "-shared", "-fno-builtin", f"-DWAY={way}", *(f"-D{flag}" for flag in flags),
            NATIVE / f"{front}.c", "-o", folder / f"{front}-{name}.so", f"-Wl,--version-script={script}", *libraries)

    def shim(self, front, name):
        return self.folder / f"{front}-{name}.so"

    @property
    def mimalloc(self):
        """The mimalloc that onemalloc brings along; builds the command first."""
        if self._mimalloc is None:
            text = subprocess.run([HOME / "onemalloc", "allocators"], text=True, capture_output=True, check=False).stdout
            for line in text.splitlines():
                words = line.split()
                if len(words) == 2 and words[0] == "bundled" and "mimalloc" in words[1]:
                    self._mimalloc = Path(words[1]).expanduser()
            if self._mimalloc is None:
                raise Unusable("./onemalloc allocators names no bundled mimalloc: run it by hand to see why.")
        return self._mimalloc
