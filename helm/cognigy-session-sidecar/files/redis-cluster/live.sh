#!/bin/sh
# A server is alive if it answers anything, including that it loads its data or requires a password.
set -u
tls=
[ -z "${TLS_CA:-}" ] || tls="--tls --cacert $TLS_CA"
# shellcheck disable=SC2086
exec timeout 5 valkey-cli $tls PING
