"""Prints a C file that keeps a compiler busy. Usage: large_c.py [FUNCTIONS]"""

import random
import sys


def function(rng, number):
    print("static unsigned f%d(unsigned a, unsigned b) {" % number)
    print("  unsigned v[16] = {a, b};")
    for _ in range(rng.randrange(10, 40)):
        to, x, y = (rng.randrange(16) for _ in range(3))
        operation = rng.choice("+-*^&|")
        print("  v[%d] = v[%d] %s (v[%d] + %du);" % (to, x, operation, y, rng.randrange(999)))
        if rng.random() < 0.2:
            print("  for (unsigned i = 0; i < v[%d] %% 9; i++) v[%d] += i * v[%d];" % (x, to, y))
    if number:
        print("  v[0] += f%d(v[1], v[2]);" % rng.randrange(number))
    print("  return v[0] ^ v[15];\n}")


def main(functions):
    rng = random.Random(1)
    for number in range(functions):
        function(rng, number)
    print("unsigned all(unsigned a) {\n  unsigned sum = 0;")
    for number in range(functions):
        print("  sum += f%d(a, sum);" % number)
    print("  return sum;\n}")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_500)
