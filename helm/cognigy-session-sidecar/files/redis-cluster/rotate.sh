#!/bin/sh
# Puts a changed password in force without a restart.
#
# Secrets reach Pods at different moments, so for five minutes a node takes the old password as well as the new one.
# That is longer than the kubelet takes to bring the new one everywhere.
set -u
# shellcheck source-path=SCRIPTDIR source=client.sh
. "${SCRIPTS:-/etc/valkey}/client.sh"
umask 077

password=$(cat "$PASSWORD_FILE")

# tell: sends what is on stdin to this node; fails if anything is answered but OK.
tell() {
  answers=$(ask 127.0.0.1 2>&1) || return 1
  refusals=$(echo "$answers" | grep -vxF -e OK -e '')
  [ -z "$refusals" ] || { echo "the password cannot be changed: $refusals"; return 1; }
}

if [ -n "$password" ] && [ "$password" != "$REDISCLI_AUTH" ]; then
  new=$(escaped "$password")
  if printf 'ACL SETUSER default ">%s"\nCONFIG SET primaryauth "%s"\n' "$new" "$new" | tell; then
    # In this order: a round that ends in between is made up for by the next one.
    touch "$RUN/retired"
    printf %s "$password" >"$RUN/password"
    echo 'the new password is in force, beside the old one'
  fi
elif [ -n "$(find "$RUN/retired" -mmin +5 2>/dev/null)" ]; then
  if printf 'ACL SETUSER default resetpass ">%s"\n' "$(escaped "$REDISCLI_AUTH")" | tell; then
    rm "$RUN/retired"
    echo 'the old password is no longer in force'
  fi
fi
