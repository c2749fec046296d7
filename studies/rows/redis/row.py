"""Redis loads a log of commands; its strings (sds) know their sizes. Three steps, so that two effects stay apart.

as it is        zfree asks malloc_usable_size for its account, and frees
size passed     sdsfree passes the size that the string knows: nothing is asked, free frees
size and sized  the same, and sdallocx frees
"""

from pathlib import Path

from studies.model import Pair, Row, Unusable, Way
from studies.tools import built, content, run

SOURCE = "redis 5:7.0.15-1~deb12u10 6416560d9f6e692a524867d8a437d97c9310c374a70d0bac1fee9259bf5e9463"
SIZED = """
void zfree_with_size(void *ptr, size_t size) {
    if (ptr == NULL) return;
    update_zmalloc_stat_free(size);
#ifdef STUDY_SDALLOCX
    extern void sdallocx(void *, size_t, int);
    sdallocx(ptr, size, 0);
#else
    free(ptr);
#endif
}
"""
# The digest of all data stands for the output, and the server ends where it would begin to serve.
LOADED = """
    if (getenv("STUDY")) {
        unsigned char digest[20];
        computeDatasetDigest(digest);
        printf("%llu keys ", (unsigned long long)dictSize(server.db[0].dict));
        for (int i = 0; i < 20; i++) printf("%02x", digest[i]);
        printf("\\n");
        exit(0);
    }
"""


def replace(file, old, new):
    text = file.read_text()
    if text.count(old) != 1:
        raise Unusable(f"{file} has {old!r} {text.count(old)} times, not once.")
    file.write_text(text.replace(old, new))


def build(tools, folder):
    source = tools.packages.source(SOURCE, folder / "source")
    src = source / "src"
    replace(src / "server.c", ANCHOR, ANCHOR + LOADED)
    # The seed of all hashes is random otherwise, and two runs differ by a thousandth.
    replace(src / "server.c", "getRandomBytes(hashseed,sizeof(hashseed))", "memset(hashseed, 42, sizeof(hashseed))")
    replace(src / "zmalloc.h", "void zfree(void *ptr);", "void zfree(void *ptr);\nvoid zfree_with_size(void *ptr, size_t size);")
    flags = ("-C", src, "-j2", "MALLOC=libc", "BUILD_TLS=no", "USE_SYSTEMD=no", "OPTIMIZATION=-O2", "redis-server")
    run("make", *flags)
    (folder / "redis-as-it-is").write_bytes((src / "redis-server").read_bytes())
    zmalloc = (src / "zmalloc.c").read_text()
    (src / "zmalloc.c").write_text(zmalloc + SIZED)
    # The size of the allocation: sds takes all that is usable, but for what its header cannot say.
    replace(src / "sds.c", "    s_free((char*)s-sdsHdrSize(s[-1]));",
            "    zfree_with_size((char*)s-sdsHdrSize(s[-1]), sdsAllocSize(s));")
    run("make", *flags)
    (folder / "redis-passed").write_bytes((src / "redis-server").read_bytes())
    (src / "zmalloc.c").write_text(zmalloc + "#define STUDY_SDALLOCX\n" + SIZED)
    run("make", *flags, "REDIS_LDFLAGS=-Wl,--unresolved-symbols=ignore-all")
    (folder / "redis-sized").write_bytes((src / "redis-server").read_bytes())
    for name in ("as-it-is", "passed", "sized"):
        (folder / f"redis-{name}").chmod(0o755)


ANCHOR = "        loadDataFromDisk();\n"


def log():
    """Strings, hashes and lists that are set, changed and removed."""
    out = []

    def command(*words):
        out.append(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in map(str.encode, map(str, words))))

    command("SELECT", 0)
    for i in range(5000):
        number = i * 7919 % 3001
        command("SET", f"key:{number}", "x" * (60 + i * 31 % 700))
        command("APPEND", f"key:{number}", "y" * (i % 90))
        command("HSET", f"hash:{number % 211}", f"field:{i % 97}", "z" * (70 + i % 200))
        command("RPUSH", f"list:{number % 53}", "v" * (i % 120))
        if i % 3 == 0:
            command("DEL", f"key:{(i * 104729) % 3001}")
        if i % 5 == 0:
            command("LPOP", f"list:{(i * 17) % 53}")
        if i % 7 == 0:
            command("HDEL", f"hash:{(i * 13) % 211}", f"field:{(i * 3) % 97}")
    return b"".join(out)


def row(tools):
    here = Path(__file__).parent
    key = content(here) + SOURCE
    folder = built(tools.cache / "redis-built", key, lambda into: build(tools, into))
    file = tools.cache / "redis.aof"
    file.write_bytes(log())
    manifest = tools.cache / "redis.manifest"
    manifest.write_text("file study.aof.1.incr.aof seq 1 type i\n")

    def way(name, binary, heap, provider, **more):
        command = (folder / f"redis-{binary}", "--appendonly", "yes", "--appendfilename", "study.aof", "--port", "0",
                   "--save", "", "--logfile", "log", "--unixsocket", "socket", "--hash-max-listpack-entries", "0",
                   "--loading-process-events-interval-bytes", "1073741824", "--activerehashing", "no")
        # The first thread loads; three others wait for work in the background that does not come.
        return Way(name, command, (heap,) if heap else (), {"STUDY": "1"}, {"malloc": provider, "free": provider, **more},
                   thread=(0,))

    jemalloc, libc = "libjemalloc.so.2", "libc.so.6"
    ways = (
        way("jemalloc, size asked", "as-it-is", tools.jemalloc, jemalloc, malloc_usable_size=jemalloc),
        way("jemalloc, size passed", "passed", tools.jemalloc, jemalloc),
        way("jemalloc, size passed, sized", "sized", tools.jemalloc, jemalloc, sdallocx=jemalloc),
        way("glibc, size asked", "as-it-is", None, libc),
        way("glibc, size passed", "passed", None, libc),
        way("mimalloc, size asked", "as-it-is", tools.mimalloc, tools.mimalloc.name),
    )
    pairs = (
        Pair("the size known, not asked", "jemalloc, size asked", "jemalloc, size passed"),
        Pair("the size known, not asked", "glibc, size asked", "glibc, size passed"),
        Pair("sized free", "jemalloc, size passed", "jemalloc, size passed, sized"),
        Pair("which allocator", "glibc, size asked", "jemalloc, size asked"),
        Pair("which allocator", "glibc, size asked", "mimalloc, size asked"),
    )
    return Row("redis", "Redis 7.0", "C", ways, pairs, (),
               {"appendonlydir/study.aof.1.incr.aof": file, "appendonlydir/study.aof.manifest": manifest},
               (("family", "glibc, size asked", (tools.folder / "libccount.so",)),), key)
