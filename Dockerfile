# The image of Everhook: docs/run/image.md. `docker build .` builds it; for the other architecture, `--platform linux/arm64`.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

# Compiles on the machine's own architecture: only the files of one package differ, and TARGETARCH chooses those.
FROM --platform=${BUILDPLATFORM} ${NODE_IMAGE} AS build
ARG TARGETARCH
# The commit's time, in seconds, for the SBOM.
ARG SOURCE_DATE_EPOCH
WORKDIR /src
COPY . .
# A registry of your own: --secret id=npmrc,src=$HOME/.npmrc. A certificate authority of your own: --secret id=ca,src=ca.pem.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/ca.pem \
    if [ -f /run/ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/ca.pem; fi; \
    node scripts/build.mjs && node scripts/production.mjs /app "${TARGETARCH}" && chmod -R u=rwX,go=rX /app && rm -rf node_modules

FROM ${NODE_IMAGE}
ARG NODE_IMAGE
ARG VERSION=0.2.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Everhook" \
      org.opencontainers.image.description="Self-hosted webhook platform: publish once, and every subscriber gets a signed, retried, logged delivery in its own dialect." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Everhook" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
ENV NODE_ENV=production HOST=:: PORT=4000 EVERHOOK_WORKER_METRICS_PORT=9464 EVERHOOK_SHUTDOWN_DELAY=3
COPY --from=build /app /app
WORKDIR /app
# Owns no file of the image, and writes none.
USER 65532:65532
EXPOSE 4000 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/start/everhook.js"]
CMD ["start"]
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=3 CMD ["node", "/app/dist/start/everhook.js", "health"]
