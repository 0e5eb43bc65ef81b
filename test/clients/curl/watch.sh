#!/usr/bin/env bash
# Prints each change of a delivery, and goes on after the last one when the connection is lost.
# EVERHOOK_URL and EVERHOOK_KEY; the argument is the cursor to begin after.
after=$1
while true; do
  while read -r line; do
    [[ $line == data:*deliveryUpdated* ]] || continue
    echo "${line#data: }"
    after=$(sed -E 's/.*"cursor":"([^"]*)".*/\1/' <<<"$line")
  done < <(curl --silent --no-buffer "$EVERHOOK_URL/graphql" \
    -H "authorization: Bearer $EVERHOOK_KEY" -H 'accept: text/event-stream' -H 'content-type: application/json' \
    -d '{"query": "subscription W($after: String) { deliveryUpdated(after: $after) { id status cursor } }",
         "variables": {"after": "'"$after"'"}}')
  sleep 1
done
