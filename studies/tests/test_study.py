"""The study's own rules: intervals, records that survive a kill, and that nothing unproven is ever counted."""

import contextlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import types
import unittest
from pathlib import Path

from studies import figures, hide, packages, proof, report
from studies.measure import Bench
from studies.model import ALL, ONE, TURNS, Row, Unusable, Way
from studies.records import Record
from studies.study import Study

HOME = Path(__file__).resolve().parent.parent.parent


class FiguresTest(unittest.TestCase):
    def test_the_interval_is_the_sign_tests(self):
        # Binomial(n, 1/2): 2^-5 + ... as in any table of the sign test.
        self.assertEqual([figures.rank(n) for n in (5, 6, 8, 9, 12, 20)], [-1, 0, 0, 1, 2, 5])

    def test_five_pairs_decide_nothing(self):
        self.assertIsNone(figures.change([1.0] * 5, [2.0] * 5))

    def test_the_interval_holds_the_true_change_about_as_often_as_it_says(self):
        draw = random.Random(1)
        held = 0
        for _ in range(400):
            base = [draw.uniform(90, 110) for _ in range(12)]
            other = [value * draw.lognormvariate(0, 0.05) for value in base]
            change = figures.change(base, other)
            held += change.low <= 0 <= change.high
        self.assertGreater(held / 400, 0.95)

    def test_equal_figures_are_undecided_and_doubled_ones_decided(self):
        self.assertFalse(figures.change([5] * 6, [5] * 6).decided)
        doubled = figures.change([5] * 6, [10] * 6)
        self.assertTrue(doubled.decided)
        self.assertEqual(doubled.percent, 100)

    def test_what_a_prediction_explains(self):
        self.assertEqual(figures.explained([(1, 1), (2, 2)]), 1)
        self.assertEqual(figures.explained([(0, 1), (0, 2)]), 0)
        self.assertLess(figures.explained([(-1, 1)]), 0)


class ProofTest(unittest.TestCase):
    LINES = (b"  7:\tbinding file ./a [0] to /x/libjemalloc.so.2 [0]: normal symbol `malloc'\n"
             b"  7:\tbinding file ./b [0] to /lib/libc.so.6 [0]: normal symbol `free' [GLIBC_2.2.5]\n")

    def test_every_reference_must_have_its_provider(self):
        bound = proof.bindings(self.LINES)
        self.assertEqual(proof.served(bound, {"malloc": "libjemalloc.so.2"}), 1)
        # What gcc's --as-needed makes of a program: malloc is one heap's and free another's.
        with self.assertRaisesRegex(Unusable, "free of ./b is bound to /lib/libc.so.6"):
            proof.served(bound, {"malloc": "libjemalloc.so.2", "free": "libjemalloc.so.2"})

    def test_what_nobody_refers_to_proves_nothing(self):
        with self.assertRaisesRegex(Unusable, "nothing refers to sdallocx"):
            proof.served(proof.bindings(self.LINES), {"sdallocx": "libjemalloc.so.2"})


    def test_a_program_may_stand_in_for_what_it_is_bound_to(self):
        line = b"  7:\tbinding file /lib/libc.so.6 [0] to ./python [0]: normal symbol `free'\n"
        own = b"  7:\tbinding file ./python [0] to /lib/libc.so.6 [0]: normal symbol `free'\n"
        self.assertEqual(proof.served(proof.bindings(line + own), {"free": "libc.so.6"}, "./python"), 2)
        with self.assertRaisesRegex(Unusable, "is bound to ./python"):
            proof.served(proof.bindings(line), {"free": "libc.so.6"}, "./python")

    def test_with_two_heaps_nobody_may_ask_for_sizes(self):
        # RocksDB does, of what operator new gave it, and crashes.
        line = b"  7:\tbinding file ./rocks.so [0] to /lib/libc.so.6 [0]: normal symbol `malloc_usable_size'\n"
        with self.assertRaisesRegex(Unusable, "./rocks.so asks malloc_usable_size"):
            proof.nobody_asks(proof.bindings(line))


class HideTest(unittest.TestCase):
    def test_a_name_that_is_not_there(self):
        library = Path("/proc/self/exe").resolve().read_bytes()
        with self.assertRaisesRegex(Unusable, "no such_function to hide"):
            hide.hidden(library, ["such_function"])


class PackagesTest(unittest.TestCase):
    def test_source_packages_are_asked_for_too(self):
        text = "Types: deb\nURIs: http://mirror/debian\nSigned-By: /x/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://else\n"
        made = packages.with_sources(text, ".sources")
        self.assertIn("Types: deb deb-src", made)
        self.assertNotIn("else", made)

    def test_another_file_than_the_pinned_one_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            downloads = Path(folder) / "downloads"
            downloads.mkdir()
            (downloads / "a_1_all.deb").write_text("not it")
            with self.assertRaisesRegex(Unusable, "is pinned: remove it and try again"):
                packages.Packages(folder).unpacked(["a 1 " + "0" * 64], Path(folder) / "into")


def record(ways, pairs=(("sized free", "a", "b"),), rounds=6, heavier=1.0):
    one = {"cpu": 1.0, "peak": 100, "faults": 10}
    other = {"cpu": heavier, "peak": 100 * heavier, "faults": 10}
    return {"name": "row", "title": "Row", "language": "C", "first": "a", "pairs": [list(pair) for pair in pairs], "ways": ways,
            "calls": {}, "processor": "P", "rounds": [{"a": one, "b": other, "A/A": one}] * rounds}


class ReportTest(unittest.TestCase):
    PROVEN = {"proof": {"outputs": "0"}, "instructions": [1000, 1000]}

    def test_a_pair_with_an_unproven_way_is_not_counted(self):
        self.assertEqual(len(report.effects(record({"a": self.PROVEN, "b": self.PROVEN}))), 1)
        self.assertEqual(report.effects(record({"a": self.PROVEN, "b": {"instructions": [900]}})), [])
        self.assertEqual(report.effects(record({"a": self.PROVEN})), [])

    def test_the_page_says_what_was_measured(self):
        with tempfile.TemporaryDirectory() as folder:
            ways = {"a": self.PROVEN, "b": {"proof": {"outputs": "0"}, "instructions": [1020]}}
            (Path(folder) / "row.json").write_text(json.dumps(record(ways, heavier=1.5)))
            page = report.page(Path(folder)).read_text()
        self.assertIn("instructions +2.00 to +2.00 %", page)
        self.assertIn("peak memory +50.0 to +50.0 % where decided", page)
        self.assertNotIn(folder, page)

    def test_nothing_measured_is_said(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(Unusable, "run ./study --quick"):
            report.page(Path(folder))


class RecordTest(unittest.TestCase):
    def test_figures_of_another_build_are_dropped(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "row.json"
            first = Record(file, {"a": "1", "b": "1"})
            first.way("a")["instructions"] = first.way("b")["instructions"] = [5]
            first.save()
            again = Record(file, {"a": "1", "b": "2"})
            self.assertEqual(again.way("a")["instructions"], [5])
            self.assertNotIn("instructions", again.way("b"))


class SettledTest(unittest.TestCase):
    def test_a_program_with_threads_is_counted_until_three_counts_are_the_same(self):
        self.assertFalse(figures.enough([1_000_000, 1_000_001]))
        self.assertFalse(figures.enough([1_000_000, 1_000_300, 1_000_010]))
        self.assertTrue(figures.enough([1_000_000, 1_000_300, 1_000_010, 1_000_001]))
        self.assertTrue(figures.enough([1_000_000 + 100 * i for i in range(7)]))

    def test_the_figure_is_that_of_those_that_are_the_same(self):
        self.assertEqual(figures.settled([10]), 10)
        self.assertEqual(figures.settled([10, 12]), 11)
        self.assertEqual(figures.settled([1_000_000, 1_000_300, 1_000_010, 1_000_002]), 1_000_004)
        self.assertEqual(figures.settled([1000, 9000, 2000, 4000, 3000]), 3000)


class CountTest(unittest.TestCase):
    """QEMU counts instructions: the same each time, of the threads that a way names."""

    TEXT = """
        #include <pthread.h>
        #include <unistd.h>
        static void *work(void *turns) { for (volatile long i = 0; i < (long)turns; i++) {} return 0; }
        int main(int count, char **arguments) {
          (void)arguments;
          pthread_t other;
          if (count == 1) {
            getpgrp();
            work((void *)1000);
            getpgrp();
            getpgrp();
          } else if (pthread_create(&other, 0, work, (void *)1000000) == 0) {
            pthread_join(other, 0);
          }
          work((void *)100000);
        }
    """

    @classmethod
    def setUpClass(cls):
        if shutil.which("qemu-x86_64") is None:
            raise unittest.SkipTest("needs qemu-x86_64")
        cls.folder = tempfile.TemporaryDirectory()
        home = Path(cls.folder.name)
        cls.compiled("work", cls.TEXT)
        for name in ("icount", "fixed", "clock"):
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", home / f"{name}.so", HOME / f"studies/native/{name}.c"], check=True)
        cls.bench = Bench(types.SimpleNamespace(plugin=home / "icount.so", fixed=home / "fixed.so", clock=home / "clock.so"), home / "run")

    @classmethod
    def compiled(cls, name, text):
        program = Path(cls.folder.name) / name
        Path(f"{program}.c").write_text(text)
        subprocess.run(["gcc", "-O1", "-pthread", "-o", program, f"{program}.c"], check=True)
        return program

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def simulated(self, way):
        return self.bench.simulated(Row("row", "Row", "C", (way,), ()), way)

    def said(self, way):
        self.simulated(way)
        return (self.bench.folder / ".stdout").read_text()

    def instructions(self, thread, *arguments, marked=False):
        way = Way("way", (Path(self.folder.name) / "work", *arguments), thread=thread, marked=marked)
        return self.simulated(way).instructions

    def test_two_counts_are_equal(self):
        first = self.instructions(ONE)
        self.assertGreater(first, 300_000)
        self.assertEqual(self.instructions(ONE), first)

    def test_randomness_is_the_same_in_each_run(self):
        program = self.compiled("random",
            "#include <stdio.h>\n#include <sys/random.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
            "int main(void) { unsigned char a = 0, b = 0; long got = getrandom(&a, 1, 0) + syscall(SYS_getrandom, &b, 1, 0);\n"
            "  printf(\"%ld %d %d %d\\n\", got, a, b, syscall(SYS_getpid) == getpid()); return 0; }\n")
        self.assertEqual(self.said(Way("way", (program,))), "2 11 11 1\n")

    def test_time_stands_still_for_who_asks_for_it(self):
        program = self.compiled("now",
            "#include <stdio.h>\n#include <sys/time.h>\n#include <time.h>\n"
            "int main(void) { struct timeval now; gettimeofday(&now, 0);\n"
            "  printf(\"%ld %ld %d\\n\", (long)time(0), (long)now.tv_sec, clock_gettime(CLOCK_MONOTONIC, &(struct timespec){0})); }\n")
        way = Way("way", (program,), environment={"STUDY_TIME": 1700000000})
        self.assertEqual(self.said(way), "1700000000 1700000000 0\n")

    def test_a_second_thread_is_refused_where_one_was_to_be_counted(self):
        with self.assertRaisesRegex(Unusable, "row, way: it has 2 threads, and one was to be counted"):
            self.instructions(ONE, "two")

    def test_where_code_lies_makes_no_difference(self):
        """The same loop at two places; at one of them an instruction lies in two pages."""
        program = self.compiled("placed", """
            #include <stdlib.h>
            #include <string.h>
            #include <sys/mman.h>
            /* mov $1000000,%ecx; again: add $1,%eax; add $1,%eax; dec %ecx; jnz again; ret */
            static const unsigned char code[] = {0xb9, 0x40, 0x42, 0x0f, 0, 0x83, 0xc0, 1, 0x83, 0xc0, 1, 0xff, 0xc9, 0x75, 0xf6, 0xc3};
            int main(int count, char **arguments) {
              (void)count;
              char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              char *place = pages + atoi(arguments[1]);
              memcpy(place, code, sizeof code);
              ((void (*)(void))place)();
              return 0;
            }
        """)
        counts = [self.simulated(Way("way", (program, place))).instructions for place in ("1024", "4086")]
        self.assertLess(abs(counts[1] - counts[0]), 1000, counts)

    def test_what_lies_between_the_marks(self):
        marked = self.instructions(ONE, marked=True)
        self.assertGreater(marked, 3_000)
        self.assertLess(marked, 20_000)
        with self.assertRaisesRegex(Unusable, "row, way: the program set no two marks"):
            self.instructions(ALL, "two", marked=True)

    def test_each_thread_has_a_count_of_its_own(self):
        main, other = self.instructions((0,), "two"), self.instructions((1,), "two")
        self.assertGreater(other, 3 * main)
        for all_of_them in (ALL, TURNS):
            # Who waits for whom, and how long, differs from run to run.
            self.assertAlmostEqual(self.instructions(all_of_them, "two") / (main + other), 1, places=2)


# A row of two shell programs in a study without QEMU. Each run leaves a line in a log.
DRIVER = textwrap.dedent("""
    import sys
    import types
    from pathlib import Path
    from studies import model, study
    folder, log, second = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    tools = types.SimpleNamespace(key="k", folder=folder, launch=folder / "launch")
    def script(text):
        # Where the test is to kill the study, a run waits for it.
        held = f'[ "$(wc -l < {log})" != "$(cat {log}.stop 2>&1)" ] || sleep 600; '
        return ("/bin/sh", "-c", f"echo run >> {log}; " + held + text)
    ways = (model.Way("a", script("echo same"), simulated=False), model.Way("b", script(second), simulated=False))
    made = model.Row("fake", "Fake", "sh", ways, (model.Pair("sized free", "a", "b"),))
    rows = study.Study(tools, folder, 6, 1)
    try:
        rows.measure(made, "stamp")
    except model.Unusable as wrong:
        sys.exit(str(wrong))
""")


class StudyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.launch = Path(cls.folder.name) / "launch"
        subprocess.run(["gcc", "-o", cls.launch, HOME / "studies/native/launch.c"], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def study(self, folder, second, **options):
        (Path(folder) / "launch").unlink(missing_ok=True)
        os.link(self.launch, Path(folder) / "launch")
        return subprocess.Popen([sys.executable, "-c", DRIVER, folder, str(Path(folder) / "log"), second],
                                env=dict(os.environ, PYTHONPATH=str(HOME), PYTHONDONTWRITEBYTECODE="1"), stderr=subprocess.PIPE, text=True,
                                **options)

    def runs(self, folder):
        log = Path(folder) / "log"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def test_killed_at_any_moment_it_goes_on(self):
        with tempfile.TemporaryDirectory() as folder:
            whole = 2 + 6 * 3  # two proofs; six rounds of two ways and A/A
            kills = 0
            for stop in (1, 4, 9, 14):
                Path(folder, "log.stop").write_text(str(stop))
                run = self.study(folder, "echo same", start_new_session=True)
                while self.runs(folder) < stop and run.poll() is None:
                    time.sleep(0.005)
                self.assertIsNone(run.poll(), "it was to be killed in its midst")
                os.killpg(run.pid, signal.SIGKILL)
                run.communicate()
                kills += 1
            Path(folder, "log.stop").unlink()
            run = self.study(folder, "echo same")
            _, said = run.communicate()
            self.assertEqual(run.returncode, 0, said)
            data = json.loads((Path(folder) / "fake.json").read_text())
            self.assertEqual(len(data["rounds"]), 6)
            self.assertEqual(set(data["rounds"][0]), {"a", "b", "A/A"})
            # Each kill costs the round or the proof that was under way, and no more.
            self.assertLessEqual(self.runs(folder), whole + kills * 3)
            before = self.runs(folder)
            self.study(folder, "echo same").communicate()
            self.assertEqual(self.runs(folder), before, "what is measured is not measured again")

    def test_a_way_with_another_output_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            run = self.study(folder, "echo other")
            _, said = run.communicate()
            self.assertEqual(run.returncode, 1)
            self.assertIn("its output is another than that of a", said)
            self.assertEqual(report.effects(json.loads((Path(folder) / "fake.json").read_text())), [])

    def test_a_row_that_is_refused_stops_no_other(self):
        class Fakes(Study):
            def build(self, name):
                way = Way("a", ("/bin/false" if name == "bad" else "/bin/true",), simulated=False)
                return Row(name, name, "C", (way,), ()), "stamp"

        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()) as said:
            tools = types.SimpleNamespace(key="k", launch=self.launch)
            failed = Fakes(tools, Path(folder), 6, 1, lanes=2).rows(["good", "bad", "other"])
            rounds = [len(json.loads((Path(folder) / f"{name}.json").read_text())["rounds"]) for name in ("good", "other")]
        self.assertEqual(failed, ["bad"])
        self.assertIn("bad is not counted: bad, a: /bin/false ended with 1", said.getvalue())
        self.assertEqual(rounds, [6, 6])

    def test_a_program_that_fails_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            run = self.study(folder, "exit 3")
            _, said = run.communicate()
            self.assertEqual(run.returncode, 1)
            self.assertIn("ended with 3", said)


if __name__ == "__main__":
    unittest.main()
