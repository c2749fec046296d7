#ifdef EXPORTED
#define SCOPE
#else
#define SCOPE __attribute__((visibility("hidden")))
#endif

SCOPE __thread long first = 7;
SCOPE __thread long second[100];
static __thread long third = 9;
static __thread long fourth;

long *first_place(void) { return &first; }
long *second_place(void) { return &second[3]; }
long third_and_fourth(void) { return ++third + ++fourth; }
