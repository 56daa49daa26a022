/* Lets connect() to a port of this machine go to another one.
   REDIRECT_PORTS is a list of pairs: "5672:21001,15672:21002". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int target(int port) {
  const char *at = getenv("REDIRECT_PORTS");
  while (at != NULL && *at != '\0') {
    char *end;
    long from = strtol(at, &end, 10);
    if (*end != ':') return 0;
    long to = strtol(end + 1, &end, 10);
    if (from == port) return (int)to;
    at = *end == ',' ? end + 1 : NULL;
  }
  return 0;
}

static int is_local_v4(const struct in_addr *address) {
  return ntohl(address->s_addr) >> 24 == 127;
}

static int is_local_v6(const struct in6_addr *address) {
  return IN6_IS_ADDR_LOOPBACK(address) ||
         (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

typedef int (*connect_call)(int, const struct sockaddr *, socklen_t);

int connect(int fd, const struct sockaddr *address, socklen_t length) {
  static connect_call real;
  if (real == NULL) real = (connect_call)dlsym(RTLD_NEXT, "connect");
  if (address != NULL && address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in other;
    memcpy(&other, address, sizeof other);
    int to = is_local_v4(&other.sin_addr) ? target(ntohs(other.sin_port)) : 0;
    if (to != 0) {
      other.sin_port = htons((unsigned short)to);
      return real(fd, (struct sockaddr *)&other, sizeof other);
    }
  }
  if (address != NULL && address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
    struct sockaddr_in6 other;
    memcpy(&other, address, sizeof other);
    int to = is_local_v6(&other.sin6_addr) ? target(ntohs(other.sin6_port)) : 0;
    if (to != 0) {
      other.sin6_port = htons((unsigned short)to);
      return real(fd, (struct sockaddr *)&other, sizeof other);
    }
  }
  return real(fd, address, length);
}
