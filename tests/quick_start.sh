#!/usr/bin/env bash
# The README's quick start, as a stranger would do it: start the demo, send the first requests, open the dashboard, stop it.
#
#   tests/quick_start.sh PATH/TO/smartroute
set -euo pipefail
smartroute=${1:?give the smartroute program}
folder=$(mktemp -d)
gateway=
finish() {
  [ -z "$gateway" ] || kill -9 "$gateway" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
fail() {
  echo "quick start: $*" >&2
  cat "$folder/out" "$folder/err" >&2 || true
  exit 1
}

# No provider key, whatever this machine has: the demo is what comes up.
env -i PATH="$PATH" HOME="$folder" "$smartroute" up --state "$folder/state" --ready-file "$folder/ready.json" \
  --listen 127.0.0.1:0 --admin 127.0.0.1:0 --proxy-ops 127.0.0.1:0 --control-ops 127.0.0.1:0 >"$folder/out" 2>"$folder/err" &
gateway=$!
for _ in $(seq 600); do
  [ -s "$folder/ready.json" ] && break
  kill -0 "$gateway" 2>/dev/null || fail "smartroute up ended before it was ready"
  sleep 0.1
done
[ -s "$folder/ready.json" ] || fail "not ready after 60 s"
api="http://$(jq -r .listen "$folder/ready.json")/v1"
[ "$(jq -cS 'keys' "$folder/ready.json")" = '["admin","control_ops","grpc","listen","proxy_ops"]' ] || fail "the ready file has other keys"
for _ in $(seq 50); do
  grep -q '^SmartRoute .* is up$' "$folder/out" && break
  sleep 0.1
done

# The printed commands are run as they stand.
mapfile -t commands < <(sed -n 's/^  \(curl .*\)$/\1/p' "$folder/out")
[ ${#commands[@]} -ge 2 ] || fail "the first screen shows ${#commands[@]} commands"
answer=$(bash -c "${commands[0]/curl /curl -sS --fail --max-time 30 }") || fail "the first curl failed: $answer"
jq -e '.choices[0].message.content | length > 0' <<<"$answer" >/dev/null || fail "the first curl answered: $answer"
stream=$(bash -c "${commands[1]/curl /curl -sS --fail --max-time 60 }") || fail "the streaming curl failed: $stream"
grep -q '^data: \[DONE\]' <<<"$stream" || fail "the stream did not end with [DONE]: $stream"
grep -qi '^x-smartroute-tier: t3' <<<"$stream" || fail "the answer does not name its tier: $stream"
grep -qi '^x-smartroute-tier-reason: embedded:' <<<"$stream" || fail "no word list, and yet it was not the classifier: $stream"

# Twelve requests to the tier whose first provider fails now and then: failover hides it.
for i in $(seq 12); do
  curl -sS --fail --max-time 30 -o /dev/null "$api/chat/completions" -H 'content-type: application/json' \
    -d '{"model":"t2","messages":[{"role":"user","content":"request '"$i"'"}]}' || fail "request $i failed"
done

# The dashboard: the printed link is a page with its script; its code makes one account, once.
admin="http://$(jq -r .admin "$folder/ready.json")"
link=$(sed -n 's/^  Dashboard *\(http[^ ]*\).*/\1/p' "$folder/out")
[[ $link == "$admin/set-up?code="* ]] || fail "the first screen shows no set-up link: $link"
[ "$("$smartroute" dashboard link --admin "${admin#http://}" --state "$folder/state")" = "$link" ] || fail "smartroute dashboard link says something else than the first screen"
page=$(curl -sS --fail --max-time 10 "$link") || fail "the set-up link does not open"
grep -q '<div id="root">' <<<"$page" || fail "the set-up link opens another page: $page"
script=$(sed -n 's/.*<script type="module"[^>]* src="\([^"]*\)".*/\1/p' <<<"$page" | head -n 1)
[ -n "$script" ] || fail "the page has no script"
[ "$(curl -sS --fail --max-time 10 -o /dev/null -w '%{content_type}' "$admin$script")" = "text/javascript; charset=utf-8" ] || fail "the page's script $script does not load"
set_up() {
  curl -sS --max-time 30 -o "$folder/set-up.json" -w '%{http_code}' "$admin/smartroute.admin.v1.SessionService/SetUp" \
    -H 'content-type: application/json' -H "origin: $admin" \
    -d '{"code":"'"${link#*code=}"'","name":"'"$1"'","password":"a long and quiet river"}'
}
[ "$(set_up ada)" = 200 ] || fail "the code makes no account: $(cat "$folder/set-up.json")"
jq -e '.session.user.name == "ada" and .session.user.role == "ACCOUNT_ROLE_ADMIN"' "$folder/set-up.json" >/dev/null || fail "the first account is no admin: $(cat "$folder/set-up.json")"
[ "$(set_up eve)" -ge 400 ] || fail "the code made a second account: $(cat "$folder/set-up.json")"
[ "$("$smartroute" dashboard link --admin "${admin#http://}" --state "$folder/state")" = "$admin" ] || fail "the link still has a code"

kill -TERM "$gateway"
code=0
wait "$gateway" || code=$?
gateway=
[ "$code" -eq 0 ] || fail "smartroute up ended with code $code after SIGTERM"
[ ! -e "$folder/ready.json" ] || fail "the ready file outlived the gateway"
echo "quick start: answered, streamed, failed over, set up, stopped"
