/* PHP loads its extensions with RTLD_DEEPBIND, so that they see no function of an LD_PRELOAD. This
   takes that flag away. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

typedef void *(*dlopen_call)(const char *, int);

void *dlopen(const char *file, int flags) {
  static dlopen_call real;
  if (real == NULL) real = (dlopen_call)dlsym(RTLD_NEXT, "dlopen");
  return real(file, flags & ~RTLD_DEEPBIND);
}
