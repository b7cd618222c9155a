#!/bin/sh
# One round of healing, every two seconds at each node.
#
# A node of Redis Cluster knows the others only by their last addresses. If all Pods return with new
# ones, no node would ever reach another: so each node asks the missing ones, by name, for their current
# address, and meets them. heal.awk decides what is missing, forgotten and copied; only create.sh
# assigns slots.
set -u
# shellcheck source-path=SCRIPTDIR source=client.sh
. "${SCRIPTS:-/etc/valkey}/client.sh"
self=127.0.0.1

if [ "$(cat "$PASSWORD_FILE")" != "$REDISCLI_AUTH" ] || [ -e "$RUN/retired" ]; then sh "$SCRIPTS/rotate.sh"; fi

# Fails while the node loads its data.
table=$(survey $self) || exit 0

# A master's former address may now belong to another node, even an empty one, and a replica that copied
# that one would lose the last data. So a replica uses its master's id as its user name, and a node
# accepts only its own id.
me=$(echo "$table" | sed -n 's/^\([^ ]*\) .* myself,.*/\1/p')
primary=$(echo "$table" | sed -n 's/.* myself,slave \([^ ]*\) .*/\1/p')
only=resetpass
[ ! -e "$RUN/retired" ] || only=
printf 'ACL SETUSER %s on %s ">%s" +ping +replconf +psync\nCONFIG SET primaryuser "%s"\n' \
  "$me" "$only" "$(escaped "$REDISCLI_AUTH")" "$primary" | ask $self 2>&1 | grep -vx -e OK -e ''

# The node that answers at a name may be another one.
meet() { # HOST
  place=$(ask "$1" CLUSTER NODES 2>/dev/null | sed -n 's/^[^ ]* \(.*\):\([0-9]*\)@\([0-9]*\),'"$1"' myself,.*/\1 \2 \3/p')
  [ -n "$place" ] || return
  echo "healing: meets $1 at $place"
  # shellcheck disable=SC2086
  ask $self CLUSTER MEET $place >/dev/null
}

forget() { # ID HOST
  id=$(ask "$2" CLUSTER MYID 2>/dev/null) || return
  [ "$id" != "$1" ] || return
  echo "healing: forgets $1, since $2 is $id now"
  ask $self CLUSTER FORGET "$1" >/dev/null
}

echo "$table" | evaluate heal.awk | while read -r action subject name; do
  case $action in
    meet) meet "$subject" ;;
    forget) forget "$subject" "$name" ;;
    copy)
      echo "healing: becomes a replica of $name"
      ask $self CLUSTER REPLICATE "$subject" >/dev/null
      ;;
    # To the server, the same value again would be no change.
    label)
      printf 'CONFIG SET availability-zone ""\nCONFIG SET availability-zone "%s"\n' \
        "$(escaped "${ZONE:+$ZONE/}$MACHINE")" | ask $self >/dev/null
      ;;
    # Volumes keep the cluster. Without them it has to be created again when all Pods are new.
    create) [ "${PERSISTENT:-yes}" = yes ] || WAIT_SECONDS=0 sh "$SCRIPTS/create.sh" ;;
  esac
done

# Handovers wait until nothing has changed for half a minute, since a rolling update makes its own; as long
# as after a failed one.
settled=$RUN/handover
handover=
[ -z "$primary" ] || handover=$(echo "$table" | evaluate balance.awk)
if [ "$handover" != "$(cat "$settled" 2>/dev/null)" ]; then
  echo "$handover" >"$settled"
elif [ -n "$handover" ] && [ $(($(date +%s) - $(stat -c %Y "$settled"))) -ge 30 ] &&
  sh "$SCRIPTS/ready.sh" >/dev/null; then
  touch "$settled"
  echo "healing: takes over from $handover, whose zone or machine has several masters"
  # The master stops writes until this replica has all of them, for at most ten seconds.
  ask $self CLUSTER FAILOVER >/dev/null
fi
