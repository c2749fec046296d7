"""The seed's own case: the Rust compiler, Rust and LLVM in one process. Checking alone: LLVM has nothing to do."""

from studies import heaps
from studies.model import Row
from studies.tools import built, run

PINS = (
    "rustc 1.63.0+dfsg1-2 26dd439266153e38d3e6fbe0fe2dbbb41f20994afa688faa71f38427348589ed",
    "libstd-rust-1.63 1.63.0+dfsg1-2 3970c02845cd407e2389623f138e2e96443702c46a789d394ec63b58a482448e",
    "libstd-rust-dev 1.63.0+dfsg1-2 de55a06ec2b6bede97e2b756e3b87c9d2ee81cc85de1d3ff719d298803039ef4",
    "libllvm14 1:14.0.6-12 cd986403cfe53f47c41b80667f6b344c40fe35de4c5081dad9358b4c77cf64a8",
    "libz3-4 4.8.12-3.1 6221ca25ad5abcfbe1965801029d85a88b4775320384b4b716de8fab7a4d2f7a",
    "libffi8 3.4.4-1 6d9f6c25c30efccce6d4bceaa48ea86c329a3432abb360a141f76ac223a4c34a",
    "libedit2 3.1-20221030-2 1cf14abf2716d3279db12d0657a5737cf70074a1e71d3bdf73206625e3c89ce6",
    "libbsd0 0.11.7-2 bb31cc8b40f962a85b2cec970f7f79cc704a1ae4bad24257a822055404b2c60b",
    "libmd0 1.0.4-2 03539fd30c509e27101d13a56e52eda9062bdf1aefe337c07ab56def25a13eab",
    "libxml2 2.9.14+dfsg-1.3~deb12u6 4460e39dda10a815881374217cde08474747cfa018358cd8612c14b390eff53b",
    "libicu72 72.1-3+deb12u1 f7f6f99c6d7b025914df2447fc93e11d22c44c0c8bdd8b6f36691c9e7ddcef88",
    "librust-quote-dev 1.0.21-1 e9138063c460e425f85103f64fb11fc6bc92ef86e8d616e366d9d54b06740fa2",
    "librust-proc-macro2-dev 1.0.47-1 2470944bac398f77960da6b1043a16e441ee091ccc8ea2b4d119fa286528ee80",
    "librust-unicode-ident-dev 1.0.0-1+b1 105070dead6d2366d7cdebc5340aa46ae0a4898c6dae2bba85a377e1b968eb61",
)


def compiler(tools, *options):
    """The command, its environment and its files: the crate quote, compiled against two that are compiled before."""
    root = tools.packages.unpacked(PINS, tools.cache / "rustc")
    crates = root / "usr/share/cargo/registry"
    environment = {
        "LD_LIBRARY_PATH": str(root / "usr/lib/x86_64-linux-gnu"),
        # For -Z options: with LLVM's threads two equal runs differ by 4 % in memory.
        "RUSTC_BOOTSTRAP": "1",
    }
    rustc = (str(root / "usr/bin/rustc"), "--sysroot", str(root / "usr"), "--edition", "2018", "--crate-type", "lib")

    def build(folder):
        for name, file, *uses in (("unicode_ident", "unicode-ident-1.0.0"),
                                  ("proc_macro2", "proc-macro2-1.0.47", "--extern", f"unicode_ident={folder}/libunicode_ident.rlib")):
            run(*rustc, "--crate-name", name, "--cfg", 'feature="proc-macro"', "--emit=metadata,link", "--out-dir", folder, *uses,
                crates / file / "src/lib.rs", env=environment)

    before = built(tools.cache / "rustc-crates", str(PINS) + " link", build)
    command = (*rustc, "--crate-name", "quote", "--cfg", 'feature="proc-macro"', *options,
               "--extern", "proc_macro2=before/libproc_macro2.rlib", "-L", "before", "crate/src/lib.rs")
    return command, environment, {"crate": crates / "quote-1.0.21", "before": before}


# The first thread and the compiler's. Whether a third, which works for a moment, finds an arena in use is a matter of time.
COMPILER = (0, 1)


def row(tools):
    command, environment, files = compiler(tools, "--emit=metadata")
    ways = heaps.shimmed(tools, "rust", command, environment, thread=COMPILER) + heaps.plain(tools, command, environment, thread=COMPILER)
    return Row("rustc", "rustc 1.63, check", "Rust, C++", tuple(ways), heaps.pairs(ways), ("libquote.rmeta",), files,
               heaps.counters(tools, "rust"), str(PINS))
