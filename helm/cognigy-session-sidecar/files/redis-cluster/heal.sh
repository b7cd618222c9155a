#!/bin/sh
# One round of healing, every other second beside each node.
#
# A node of Redis Cluster knows the others by their last addresses alone. Where all Pods return with new ones, nobody
# reaches anybody, for ever: so each node asks those that it misses, by name, where they are now, and meets them. What
# it misses, forgets and copies, heal.awk decides; slots are given by create.sh alone.
set -u
# shellcheck source-path=SCRIPTDIR source=client.sh
. "${SCRIPTS:-/etc/valkey}/client.sh"
self=127.0.0.1

if [ "$(cat "$PASSWORD_FILE")" != "$REDISCLI_AUTH" ] || [ -e "$RUN/retired" ]; then sh "$SCRIPTS/rotate.sh"; fi

# Fails while the node loads its data.
table=$(survey $self) || exit 0

# An address that was a master's may be another node's by now, an empty one's even, and a replica that copied that one
# would lose the last data there are. So it names its master's id as its user, and a node lets in its own id alone.
me=$(echo "$table" | sed -n 's/^\([^ ]*\) .* myself,.*/\1/p')
primary=$(echo "$table" | sed -n 's/.* myself,slave \([^ ]*\) .*/\1/p')
only=resetpass
[ ! -e "$RUN/retired" ] || only=
printf 'ACL SETUSER %s on %s ">%s" +ping +replconf +psync\nCONFIG SET primaryuser "%s"\n' \
  "$me" "$only" "$(escaped "$REDISCLI_AUTH")" "$primary" | ask $self 2>&1 | grep -vx -e OK -e ''

# Whoever answers at a name may be another one as well.
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

echo "$table" | judge heal.awk | while read -r action subject name; do
  case $action in
    meet) meet "$subject" ;;
    forget) forget "$subject" "$name" ;;
    copy)
      echo "healing: becomes a replica of $name"
      ask $self CLUSTER REPLICATE "$subject" >/dev/null
      ;;
    # To the server, the same value once more would be no change.
    label)
      printf 'CONFIG SET availability-zone ""\nCONFIG SET availability-zone "%s"\n' "$(escaped "$MACHINE")" |
        ask $self >/dev/null
      ;;
    # Volumes keep the cluster. Without them it has to be made again when all Pods are new.
    create) [ "${PERSISTENT:-yes}" = yes ] || WAIT_SECONDS=0 sh "$SCRIPTS/create.sh" ;;
  esac
done
