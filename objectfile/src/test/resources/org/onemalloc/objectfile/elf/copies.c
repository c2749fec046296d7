#include <stdio.h>

int api(void) { return stdin != 0; }

int main(void) { return !api(); }
