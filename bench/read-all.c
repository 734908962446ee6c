/* Opens, reads and closes the files 000001.json up to a number in a folder, and prints how long that took: of time, and of
   the processor, in ms. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 20];

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  struct timespec from, to, used;
  long count = atol(argv[2]);
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (long i = 1; i <= count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%06ld.json", argv[1], i);
    int fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, buffer, sizeof buffer) < 0) return 1;
    close(fd);
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  printf("%.3f %.3f\n", (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6,
         used.tv_sec * 1e3 + used.tv_nsec / 1e6);
  return 0;
}
