#!/bin/sh
# Creates the cluster, or lets it grow: assigns the slots to as many masters as there are shards. The
# Job runs it.
#
# Nodes meet, and replicas choose their masters, by themselves (heal.sh); only slots need one place that
# decides, from one survey. Slots move by CLUSTER MIGRATESLOTS, each range as a whole: a failed one has
# moved nothing. So this script may be stopped anywhere and started again. It exits with 3 if a human
# has to decide: retrying is no use then.
set -eu
# shellcheck source-path=SCRIPTDIR source=client.sh
. "${SCRIPTS:-/etc/valkey}/client.sh"
wait_seconds=${WAIT_SECONDS:-600}
first=${hosts%% *}

# Tries COMMAND once a second until it succeeds; its last output says what was wrong.
wait_until() { # COMMAND…
  waited=0
  until words=$("$@" 2>&1); do
    if [ $waited -ge "$wait_seconds" ]; then
      echo "given up after $waited s: $words" >&2
      exit 1
    fi
    if [ $((waited % 30)) -eq 29 ]; then echo "still waiting: $words"; fi
    sleep 1
    waited=$((waited + 1))
  done
}

# A survey from each node, since a plan must not be based on what only some of them know.
all_see_all() {
  for asked in $hosts; do
    answer=$(survey "$asked" 2>&1) || { echo "$asked does not answer: $answer"; return 1; }
    missed=$(echo "$answer" | evaluate heal.awk | sed -n 's/^meet //p')
    [ -z "$missed" ] || { echo "$asked does not see $missed"; return 1; }
  done
}

add() { # HOST FROM TO
  echo "gives slots $2 to $3 to $1"
  refusal=$(ask "$1" CLUSTER ADDSLOTSRANGE "$2" "$3" 2>&1) && return
  # Without volumes the first node assigns them as well (heal.sh), by the same plan.
  case $refusal in *'already busy'*) ;; *) echo "$refusal" >&2; return 1 ;; esac
}

move() { # FROM_HOST TO_ID TO_HOST FROM TO [FROM TO…]
  giver=$1 taker=$2
  echo "moves slots from $1 to $3:"
  shift 3
  echo "  $*"
  ask "$giver" CLUSTER MIGRATESLOTS SLOTSRANGE "$@" NODE "$taker" >/dev/null
  # It copies keys for as long as that takes.
  while ask "$giver" CLUSTER GETSLOTMIGRATIONS | sed -n '/^state$/{n;p;}' | grep -qvE '^(success|fail|cancel)'; do
    sleep 1
  done
}

carry_out() { # PLAN
  echo "$1" | while read -r action what; do
    # shellcheck disable=SC2086
    case $action in
      add) add $what ;;
      move) move $what ;;
    esac
  done
}

is_settled() {
  left=$(survey "$first" | evaluate plan.awk) || { echo "$first does not answer"; return 1; }
  [ -z "$left" ] || { echo "not all know of it yet: $left"; return 1; }
}

is_complete() {
  survey "$first" | evaluate placement.awk || { echo 'a master lacks a replica'; return 1; }
  for asked in $hosts; do
    ask "$asked" CLUSTER INFO | grep -q '^cluster_state:ok' || { echo "$asked says that the cluster is down"; return 1; }
  done
}

wait_until all_see_all
plan=$(survey "$first" | evaluate plan.awk)
refusal=$(echo "$plan" | sed -n 's/^refuse //p')
if [ -n "$refusal" ]; then
  echo "refused: $refusal" >&2
  exit 3
fi
if [ -n "$plan" ]; then
  carry_out "$plan"
  wait_until is_settled
fi
wait_until is_complete
echo "the cluster is complete:
$words"
