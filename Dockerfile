# The image, one for gateway and sidecar:
#
#   docker build -t cognigy-session-sidecar .
#
# It runs one file for the service and one for each command, bundled from src/ and the packages (.ci/bundle/), and with
# them no package and no TypeScript. All of it is JavaScript, so only the base image depends on the architecture:
# with buildx, `--platform linux/amd64,linux/arm64` builds both without emulation. Stack traces name files of src/.
#
# The container runs as 65532:65532 and needs no capabilities, no writable root file system, no shell and no
# temporary folder. Only the embedded store writes, to /data: put a volume there, or set STORE_URL.
# The commands run in the service's container, with its environment, without npm:
#
#   docker exec CONTAINER /nodejs/bin/node dist/repair.cjs SESSION_ID
#
# The base images may be replaced, for instance by digests: --build-arg RUNTIME_IMAGE=…
ARG BUILD_IMAGE=docker.io/library/node:26-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

FROM --platform=$BUILDPLATFORM $BUILD_IMAGE AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Of what development needs only the bundler is installed. (`npm ci` cannot choose: it would install all of it, or no
# optional package, and the bundler has one.) Versions and checksums are those of the lock file.
# For a package registry of your own: --secret id=npmrc,src=$HOME/.npmrc
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm pkg set --json devDependencies="{\"esbuild\": $(npm pkg get devDependencies.esbuild)}" \
    && npm pkg delete optionalDependencies scripts \
    && npm install --ignore-scripts --no-update-notifier \
    && mkdir /app \
    && npm sbom --omit=dev --sbom-format=spdx >/app/sbom.spdx.json
COPY LICENSE ./
COPY .ci/bundle .ci/bundle
COPY src src
RUN node .ci/bundle/make-bundle.ts /app/dist && cp LICENSE /app/
# A checkout may only be readable by its owner; the container runs as another user.
RUN chmod -R a=rX,u+w /app && mkdir /data

FROM $RUNTIME_IMAGE
COPY --from=build --chown=65532:65532 /data /data
COPY --from=build /app /app
WORKDIR /app
# The loopback of a container cannot be reached from outside, so webhook and metrics listen on all addresses of both families: it
# does not start without COGNIGY_WEBHOOK_SECRET. The rpc listener stays on loopback, for its own Pod; a deployment
# that exposes it must also configure who may call.
ENV WEBHOOK_LISTEN=[::]:8080 \
    ADMIN_LISTEN=[::]:28464 \
    DATA_DIR=/data
EXPOSE 8080 28051 28464
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/nodejs/bin/node", "--enable-source-maps"]
CMD ["dist/main.cjs"]
# Last, so that another revision changes no layer.
ARG RUNTIME_IMAGE
ARG VERSION=0.1.0
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title=cognigy-session-sidecar \
      org.opencontainers.image.description="Keeps NICE Cognigy.AI session state outside the bot: a webhook and gRPC sidecar over Redis Cluster." \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.created=$CREATED \
      org.opencontainers.image.base.name=$RUNTIME_IMAGE
