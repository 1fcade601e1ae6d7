#!/bin/sh
# Plays kafka-configs for one test: users are files in $STATE/users, how it behaves is said by files in $STATE.
STATE=$(dirname "$0")
echo "$$ $*" >>"$STATE/calls"
mkdir "$STATE/running" 2>/dev/null || echo "$$" >>"$STATE/overlaps"
trap 'rmdir "$STATE/running" 2>/dev/null' EXIT

while [ $# -gt 0 ]; do
  case $1 in
    --describe) action=describe ;;
    --add-config-file) action=add; file=$2; shift ;;
    --delete-config) action=delete; mechanism=$2; shift ;;
    --entity-name) name=$2; shift ;;
    --bootstrap-server | --command-config | --entity-type) shift ;;
  esac
  shift
done

while [ -e "$STATE/hold" ]; do sleep 0.02; done
if [ -e "$STATE/hang" ]; then
  sleep 300 &
  echo $! >"$STATE/grandchild"
  wait
fi
if [ -e "$STATE/say" ]; then cat "$STATE/say"; fi
if [ -e "$STATE/fail" ] && [ "$action" = "$(head -n 1 "$STATE/fail")" ]; then
  tail -n +2 "$STATE/fail" >&2
  if [ "$action" = add ]; then echo "input was $(cat "$file")" >&2; fi
  exit 1
fi

case $action in
  describe)
    for user in "$STATE/users/"${name:-*}; do
      [ -d "$user" ] || continue
      configs=
      for known in $(ls "$user"); do configs="${configs:+$configs, }$known=iterations=8192"; done
      [ -z "$configs" ] || echo "SCRAM credential configs for user-principal '$(basename "$user")' are $configs"
    done
    ;;
  add)
    line=$(cat "$file")
    mkdir -p "$STATE/users/$name"
    printf '%s' "${line#*=}" >"$STATE/users/$name/${line%%=*}"
    echo "Completed updating config for user $name."
    ;;
  delete)
    if ! rm "$STATE/users/$name/$mechanism" 2>/dev/null; then
      echo "Error while executing config command with args '--alter --delete-config'" >&2
      echo "java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.ResourceNotFoundException: Attempt to delete a user credential that does not exist" >&2
      exit 1
    fi
    echo "Completed updating config for user $name."
    ;;
esac
