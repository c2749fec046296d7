/* Kernels that compute something with what they allocate. */
#include "suite.h"

/* cfrac: Cfrac.java. */
enum { CFRAC_STEPS = 300000, CFRAC_DIGITS = 24, CFRAC_QUOTIENTS = 1 << 16 };

struct number {
  int count, room;
  uint32_t digits[];
};

static struct number *number(int room) {
  struct number *n = malloc(sizeof *n + room * sizeof *n->digits);
  n->room = room;
  return n;
}

static struct number *digit(uint32_t value) {
  struct number *n = number(1);
  n->count = 1;
  n->digits[0] = value;
  return n;
}

static void finish(struct number *n, int count, uint64_t carry) {
  if (carry) n->digits[count++] = (uint32_t) carry;
  n->count = count;
}

static struct number *times(const struct number *a, uint64_t factor) {
  struct number *result = number(a->count + 1);
  uint64_t carry = 0;
  for (int i = 0; i < a->count; i++) {
    carry += a->digits[i] * factor;
    result->digits[i] = (uint32_t) carry;
    carry >>= 32;
  }
  finish(result, a->count, carry);
  return result;
}

static struct number *plus(const struct number *a, const struct number *b) {
  int count = a->count > b->count ? a->count : b->count;
  struct number *result = number(count + 1);
  uint64_t carry = 0;
  for (int i = 0; i < count; i++) {
    carry += i < a->count ? a->digits[i] : 0;
    carry += i < b->count ? b->digits[i] : 0;
    result->digits[i] = (uint32_t) carry;
    carry >>= 32;
  }
  finish(result, count, carry);
  return result;
}

/* The last two convergents' numerators, or denominators. */
struct convergents {
  struct number *last, *last_but_one;
};

static void advance(struct convergents *c, int quotient) {
  struct number *product = times(c->last, quotient);
  struct number *result = plus(product, c->last_but_one);
  free(product);
  free(c->last_but_one);
  c->last_but_one = c->last;
  c->last = result;
}

static void cfrac_begin(struct convergents *n, struct convergents *d) {
  n->last = digit(1);
  n->last_but_one = digit(0);
  d->last = digit(0);
  d->last_but_one = digit(1);
}

static void cfrac_end(struct convergents *n, struct convergents *d) {
  free(n->last);
  free(n->last_but_one);
  free(d->last);
  free(d->last_but_one);
}

static APART uint64_t cfrac_step(struct convergents *n, struct convergents *d, int quotient,
                                 uint64_t sum) {
  advance(n, quotient);
  advance(d, quotient);
  int digits = n->last->count;
  sum = mix(mix(mix(sum, digits), n->last->digits[0]), d->last->digits[0]);
  if (digits >= CFRAC_DIGITS) {
    cfrac_end(n, d);
    cfrac_begin(n, d);
  }
  return sum;
}

uint64_t cfrac(struct lane *l) {
  struct convergents n, d;
  cfrac_begin(&n, &d);
  uint64_t sum = 0;
  for (int left = scaled(l, CFRAC_STEPS); left > 0; left--)
    sum = cfrac_step(&n, &d, 1 + below(l, CFRAC_QUOTIENTS), sum);
  cfrac_end(&n, &d);
  return sum;
}

/* espresso: Espresso.java. */
enum { ESPRESSO_PROBLEMS = 150, ESPRESSO_CUBES = 400, ESPRESSO_WORDS = 8, ESPRESSO_CAPACITY = 4,
       ESPRESSO_FEW = 3, ESPRESSO_DEPTH = 12 };

struct cover {
  long count, capacity;
  uint64_t *cubes[];
};

struct espresso {
  int width; /* of a cube, in bytes */
  uint64_t sum;
};

static struct cover *cover(void) {
  struct cover *c = malloc(sizeof *c + ESPRESSO_CAPACITY * sizeof *c->cubes);
  c->count = 0;
  c->capacity = ESPRESSO_CAPACITY;
  return c;
}

static struct cover *add(struct cover *c, uint64_t *cube) {
  if (c->count == c->capacity) {
    c = realloc(c, sizeof *c + 2 * c->capacity * sizeof *c->cubes);
    c->capacity *= 2;
  }
  c->cubes[c->count++] = cube;
  return c;
}

static APART void free_cover(struct cover *c) {
  for (long i = 0; i < c->count; i++) free(c->cubes[i]);
  free(c);
}

static uint64_t *copy(const uint64_t *cube, int width) {
  uint64_t *result = malloc(width);
  for (int i = 0; i < width / 8; i++) result[i] = cube[i];
  return result;
}

static APART void solve(struct espresso *e, struct cover *c, int depth) {
  e->sum = mix(e->sum, c->count);
  if (c->count <= ESPRESSO_FEW || depth == ESPRESSO_DEPTH) {
    free_cover(c);
    return;
  }
  int bit = 7 * depth % (8 * e->width);
  struct cover *first = cover(), *second = cover();
  for (long i = 0; i < c->count; i++) {
    uint64_t *cube = c->cubes[i];
    if ((cube[bit >> 6] >> (bit & 63) & 1) == 0)
      first = add(first, copy(cube, e->width));
    else
      second = add(second, copy(cube, e->width));
  }
  free_cover(c);
  solve(e, first, depth + 1);
  solve(e, second, depth + 1);
}

static struct cover *problem(struct lane *l, int width) {
  struct cover *c = cover();
  for (int i = 0; i < ESPRESSO_CUBES; i++) {
    uint64_t *cube = malloc(width);
    for (int j = 0; j < width / 8; j++) cube[j] = next(l);
    c = add(c, cube);
  }
  return c;
}

uint64_t espresso(struct lane *l) {
  struct espresso e = {0, 0};
  for (int left = scaled(l, ESPRESSO_PROBLEMS); left > 0; left--) {
    e.width = 8 * (1 + below(l, ESPRESSO_WORDS));
    solve(&e, problem(l, e.width), 0);
  }
  return e.sum;
}
