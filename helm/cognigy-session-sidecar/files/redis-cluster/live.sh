#!/bin/sh
# Alive is a server that answers anything: that it loads its data, or wants a password, is an answer as well.
set -u
tls=
[ -z "${TLS_CA:-}" ] || tls="--tls --cacert $TLS_CA"
# shellcheck disable=SC2086
exec timeout 5 valkey-cli $tls PING
