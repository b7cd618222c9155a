#!/bin/sh
# Activates a changed password without a restart.
#
# Secrets reach Pods at different times, so for five minutes a node accepts both the old and the new
# password. That is longer than the kubelets need to update all Pods.
set -u
# shellcheck source-path=SCRIPTDIR source=client.sh
. "${SCRIPTS:-/etc/valkey}/client.sh"
umask 077

password=$(cat "$PASSWORD_FILE")

# send: sends the commands on stdin to this node; fails if any answer is not OK.
send() {
  answers=$(ask 127.0.0.1 2>&1) || return 1
  refusals=$(echo "$answers" | grep -vxF -e OK -e '')
  [ -z "$refusals" ] || { echo "the password cannot be changed: $refusals"; return 1; }
}

if [ -n "$password" ] && [ "$password" != "$REDISCLI_AUTH" ]; then
  new=$(escaped "$password")
  if printf 'ACL SETUSER default ">%s"\nCONFIG SET primaryauth "%s"\n' "$new" "$new" | send; then
    # In this order: if a round ends in between, the next one repeats it.
    touch "$RUN/retired"
    printf %s "$password" >"$RUN/password"
    echo 'the new password is active, together with the old one'
  fi
elif [ -n "$(find "$RUN/retired" -mmin +5 2>/dev/null)" ]; then
  if printf 'ACL SETUSER default resetpass ">%s"\n' "$(escaped "$REDISCLI_AUTH")" | send; then
    rm "$RUN/retired"
    echo 'the old password is no longer active'
  fi
fi
