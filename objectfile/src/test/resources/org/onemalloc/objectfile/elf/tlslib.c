__thread char block[512];

void *touch(void) {
  block[1]++;
  return block;
}
