FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
# The ids of RabbitMQ's image, so that volumes can be taken over.
RUN groupadd --system --gid 999 leveret \
  && useradd --system --uid 999 --gid leveret --home-dir /var/lib/leveret leveret \
  && mkdir --parents /opt/leveret /etc/leveret /var/lib/leveret \
  && chown leveret:leveret /var/lib/leveret \
  && ln --symbolic /opt/leveret/dist/cli/main.js /usr/local/bin/leveret
WORKDIR /opt/leveret
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN chmod 755 dist/cli/main.js
COPY LICENSE ./
COPY packaging/docker-entrypoint.sh packaging/shims/ /usr/local/bin/

# Containers reach each other by addresses that are no loopback, and RabbitMQ's image lets guest in from
# there: set LEVERET_LOOPBACK_USERS to guest, or name another user by RABBITMQ_DEFAULT_USER.
ENV NODE_ENV=production \
  LEVERET_DATA_DIR=/var/lib/leveret \
  LEVERET_LOOPBACK_USERS=none

USER leveret
VOLUME /var/lib/leveret
EXPOSE 5671 5672 15671 15672 15692
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=5 \
  CMD ["leveret", "--quiet", "--timeout", "4", "check_running"]
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["leveret", "start"]
