/* One of many libraries with a thread-local variable of their own. */
static __thread int counter;

int plugin_run(void) { return ++counter; }
