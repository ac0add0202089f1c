#!/usr/bin/env bash
# A Ceph Object Gateway for tests, on loopback and in memory: `ceph-gateway.sh FOLDER MONITOR_PORT PORT`.
# Runs until its standard input ends, as it does with its parent, and then removes everything, including the folder.
set -euo pipefail
folder=$1 monitor_port=$2 port=$3
configuration=$folder/ceph.conf
log=$folder/setup.log

finish() {
  trap - EXIT
  local file
  for signal in TERM KILL; do
    for file in "$folder"/run/*.pid; do
      if [ -s "$file" ]; then kill "-$signal" "$(cat "$file")" 2>/dev/null || true; fi
    done
    if [ "$signal" = TERM ]; then sleep 0.5; fi
  done
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

start_gateway() {
  radosgw --cluster ceph -c "$configuration" -n client.rgw.a >>"$log" 2>&1
  for _ in $(seq 600); do
    if curl --silent --fail --output /dev/null "http://127.0.0.1:$port/"; then return; fi
    sleep 0.1
  done
  echo "the gateway does not answer on port $port" >&2
  exit 1
}

mkdir -p "$folder"/{mon,osd,run,rgw}
id=$(cat /proc/sys/kernel/random/uuid)
cat >"$configuration" <<CONFIGURATION
[global]
fsid = $id
mon host = v2:127.0.0.1:$monitor_port
auth cluster required = none
auth service required = none
auth client required = none
run dir = $folder/run
log file = $folder/\$name.log
admin socket = $folder/run/\$name.asok
pid file = $folder/run/\$name.pid
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon warn on pool no redundancy = false
ms bind ipv6 = false
ms mon client mode = crc
ms mon cluster mode = crc
ms mon service mode = crc
[mon]
mon data = $folder/mon
mon allow pool size one = true
[mon.a]
public addr = 127.0.0.1
[osd]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 2147483648
public addr = 127.0.0.1
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw data = $folder/rgw
rgw s3 auth use sts = true
rgw sts key = 0123456789abcdef
rgw dns name =
CONFIGURATION

{
  monmaptool --create --fsid "$id" --addv a "[v2:127.0.0.1:$monitor_port]" "$folder/monmap"
  ceph-mon --cluster ceph -c "$configuration" -i a --mkfs --monmap "$folder/monmap"
  ceph-mon --cluster ceph -c "$configuration" -i a --public-addr "127.0.0.1:$monitor_port"
  ceph -c "$configuration" osd create
  ceph-osd --cluster ceph -c "$configuration" -i 0 --mkfs
  ceph-osd --cluster ceph -c "$configuration" -i 0
  ceph -c "$configuration" osd crush add osd.0 1 root=default host=localhost
} >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
start_gateway

# The server's own user, and a role it may assume for workers.
administer() { radosgw-admin -c "$configuration" "$@" >>"$log" 2>&1; }
administer user create --uid=millrace --display-name=millrace --access-key=MILLRACESTOREKEY --secret-key=millrace-store-secret
administer role create --role-name=artifacts --assume-role-policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/millrace"]},"Action":["sts:AssumeRole"]}]}'
administer role-policy put --role-name=artifacts --policy-name=all --policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::*"]}]}'
echo ready

# `kill` kills the gateway, `start` restarts it with its contents.
while read -r command; do
  case $command in
  kill)
    gateway=$(cat "$folder/run/client.rgw.a.pid")
    kill -KILL "$gateway"
    while kill -0 "$gateway" 2>/dev/null; do sleep 0.05; done
    echo killed
    ;;
  start)
    start_gateway
    echo ready
    ;;
  esac
done
