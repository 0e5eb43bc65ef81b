#!/usr/bin/env bash
# Prints each change of a delivery, and goes on after the last one when the connection is lost. Everything else that comes, such as why it
# was refused, goes to stderr. A connection that brought nothing for 45 seconds may be dead, and is made anew.
# EVERHOOK_URL and EVERHOOK_KEY; the argument is the cursor to begin after.
after=$1
while true; do
  while read -r line || [[ -n $line ]]; do
    case $line in
      data:*'"cursor":"'*)
        echo "${line#data: }"
        after=$(sed -E 's/.*"cursor":"([^"]*)".*/\1/' <<<"$line")
        ;;
      '' | :* | event:* | data:) ;;
      *) echo "$line" >&2 ;;
    esac
  done < <(curl --silent --no-buffer --speed-limit 1 --speed-time 45 "$EVERHOOK_URL/graphql" \
    -H "authorization: Bearer $EVERHOOK_KEY" -H 'accept: text/event-stream' -H 'content-type: application/json' \
    -d '{"query": "subscription W($after: String) { deliveryUpdated(after: $after) { id status cursor } }",
         "variables": {"after": "'"$after"'"}}')
  sleep 1
done
