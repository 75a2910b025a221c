#!/usr/bin/env bash
# The acceptance run on a cluster, as docs/acceptance.md tells it step by step: installs the automaton in a namespace of its own, changes a
# threshold, asks the three questions of rights, takes the dashboard into Grafana, breaks a workload, a real PostgreSQL and a Kafka broker,
# and looks whether they are mended. Cleans up after itself.
#   TEST_KUBECONFIG=FILE scripts/acceptance.sh [OPTION]…
#     --program FILE      the release build of automaton (default: what 'make release' made); it runs here, with the rights of the service
#                         account self-healing-sa and no others
#     --image IMAGE       let it run in the cluster instead, from this image; PostgreSQL and the broker are left out then, for they are here
#     --namespace NAME    default self-healing-acceptance; it must not exist yet, and is removed at the end
#     --keep              leave the namespace as it is at the end
#     --no-schema         do not let kubectl ask the API server for its schemas (for one that has none)
#   GRAFANA_URL, GRAFANA_TOKEN: the Grafana that takes the dashboard; without them that is left out
# Needs kubectl 1.24 or newer and python3; for PostgreSQL its programs, for the broker what scripts/test-tools.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."

program='' image='' namespace=self-healing-acceptance keep='' validate=true
while [ $# -gt 0 ]; do
  case $1 in
    --program | --image | --namespace)
      [ $# -ge 2 ] || { echo "$1 takes a value." >&2 && exit 64; }
      declare "${1#--}=$2"
      shift
      ;;
    --keep) keep=yes ;;
    --no-schema) validate=false ;;
    -h | --help)
      sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
      exit 0
      ;;
    *)
      echo "Unknown option $1: see $0 --help" >&2
      exit 64
      ;;
  esac
  shift
done
if [ ! -r "${TEST_KUBECONFIG:-}" ]; then
  echo "TEST_KUBECONFIG has to name the kubeconfig of a cluster where namespaces may be made." >&2
  exit 64
fi
case $image in
  '' | *@sha256:*) ;;
  *)
    if [[ ${image##*/} != *:* ]]; then
      echo "--image $image: name its tag or digest, as in registry.example.com/self-healing-automaton:0.1.0" >&2
      exit 64
    fi
    ;;
esac
if [ -z "$image" ]; then
  program=${program:-$(swift build -c release --product automaton --static-swift-stdlib --show-bin-path)/automaton}
  if [ ! -x "$program" ]; then
    echo "$program is missing: 'make release' makes it, --program names another." >&2
    exit 64
  fi
  program=$(realpath "$program")
fi

work=$(mktemp -d)
chmod 711 "$work"
running=()
made=''
database=''
step="before the first step"
k() { kubectl --kubeconfig "$TEST_KUBECONFIG" --request-timeout=60s "$@"; }
kn() { k --namespace "$namespace" "$@"; }
finish() {
  local status=$?
  trap - EXIT INT TERM
  [ $status -eq 0 ] || echo "FAILED: $step" >&2
  if [ $status -ne 0 ] && [ -s "$work/log" ]; then
    echo "--- the end of the automaton's log" >&2
    tail -15 "$work/log" >&2
  fi
  # Writing to a pipe whose reader is gone is no news.
  exec 7>&- 8>&- 2>/dev/null || true
  for process in "${running[@]}"; do kill "$process" 2>/dev/null || true; done
  for process in "${running[@]}"; do wait "$process" 2>/dev/null || true; done
  [ -z "$database" ] || as_postgres "$bin/pg_ctl" -D "$database" -m immediate stop >/dev/null 2>&1 || true
  if [ -n "$made" ] && [ -z "$keep" ]; then
    echo "==> Removing the namespace $namespace"
    k delete namespace "$namespace" --wait=false >/dev/null || status=1
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
say() {
  step=$*
  echo "==> $step"
}
saw() { echo "    $*"; }
fail() {
  echo "$*" >&2
  exit 1
}
# until_true SECONDS WHAT COMMAND…: asks once a second.
until_true() {
  local deadline=$((SECONDS + $1)) what=$2 limit=$1
  shift 2
  until "$@"; do
    for process in "${running[@]}"; do
      kill -0 "$process" 2>/dev/null || fail "A program that is needed has ended, while waiting for: $what"
    done
    [ $SECONDS -lt $deadline ] || fail "Not within $limit s: $what"
    sleep 1
  done
}
logged() { grep -qE "$1" "$work/log"; }

# --- 1 ---
say "1. Install: kubectl apply -k, in the namespace $namespace"
k version >"$work/said" 2>&1 || fail "The cluster does not answer: $(cat "$work/said")"
if kn get namespace "$namespace" >/dev/null 2>&1; then
  fail "The namespace $namespace is there already: remove it (kubectl delete namespace $namespace), or name another with --namespace."
fi
printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n' \
  "$namespace" >"$work/namespace.yaml"
k apply --validate=$validate -f "$work/namespace.yaml" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
made=yes
# What kustomize is told of the image: a tag or a digest.
images=''
case $image in
  '') ;;
  *@*) images=$(printf 'images:\n  - name: self-healing-automaton\n    newName: "%s"\n    digest: "%s"\n_' "${image%@*}" "${image#*@}") ;;
  *) images=$(printf 'images:\n  - name: self-healing-automaton\n    newName: "%s"\n    newTag: "%s"\n_' "${image%:*}" "${image##*:}") ;;
esac
# The line's end at the end stays.
images=${images%_}
# Kustomize takes no absolute path.
overlay() {
  mkdir -p "$work/$1"
  cat >"$work/$1/kustomization.yaml" <<YAML
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $namespace
resources:
  - $(realpath --relative-to="$work/$1" "$PWD/$2")
${images}patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: self-healing-automaton }
      spec: { replicas: $([ -n "$image" ] && echo 1 || echo 0) }
  - patch: |
      apiVersion: v1
      kind: ConfigMap
      metadata: { name: self-healing-config }
      data: { $3 }
YAML
  k apply --validate=$validate -k "$work/$1" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
  if grep -i 'would violate' "$work/said"; then fail "Pod Security refuses it."; fi
  saw "$(grep -cE ' (created|configured|unchanged)$' "$work/said") objects applied"
}
overlay installed k8s 'CHECK_INTERVAL: "5"'
interval=5

# Where the program runs here, a ConfigMap comes to it as kubelet brings it: a new folder, and a link that is put over the old one.
project() {
  kn get configmap "$1" -o json >"$work/map.json"
  python3 - "$work/map.json" "$2" <<'PYTHON'
import json, os, sys, tempfile
data, mount = json.load(open(sys.argv[1])).get("data", {}), sys.argv[2]
os.makedirs(mount, exist_ok=True)
new = tempfile.mkdtemp(prefix="..", dir=mount)
for key, text in data.items():
    with open(os.path.join(new, key), "w") as file:
        file.write(text)
    link = os.path.join(mount, key)
    if not os.path.lexists(link):
        os.symlink(f"..data/{key}", link)
os.symlink(os.path.basename(new), os.path.join(mount, "..data_tmp"))
os.rename(os.path.join(mount, "..data_tmp"), os.path.join(mount, "..data"))
PYTHON
}
start() {
  : >"$work/log"
  if [ -n "$image" ]; then
    kn rollout status deployment/self-healing-automaton --timeout=180s >"$work/said" 2>&1 || fail "$(cat "$work/said")"
    # The newest: the one before it may still be ending.
    pod=$(kn get pods -l app.kubernetes.io/name=self-healing-automaton --sort-by=.metadata.creationTimestamp -o name | tail -1)
    kubectl --kubeconfig "$TEST_KUBECONFIG" -n "$namespace" logs --follow "$pod" >>"$work/log" 2>&1 &
    automaton=$!
  else
    # Its rights are those of the service account: a token of it, and the cluster's address.
    (
      umask 077
      kn create token self-healing-sa --duration=2h >"$work/token"
      k config view --raw --minify --flatten -o json >"$work/kubeconfig.json"
    )
    python3 - "$work/kubeconfig.json" "$work/token" "$namespace" "$work/kubeconfig" <<'PYTHON'
import json, os, sys
whole, token, namespace = json.load(open(sys.argv[1])), open(sys.argv[2]).read().strip(), sys.argv[3]
whole["users"] = [{"name": "self-healing-sa", "user": {"token": token}}]
for context in whole["contexts"]:
    context["context"] |= {"user": "self-healing-sa", "namespace": namespace}
with open(os.open(sys.argv[4], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    json.dump(whole, file)
PYTHON
    project self-healing-config "$work/config"
    project self-healing-rules "$work/rules"
    # Nothing of this shell's environment that would be a threshold or an access comes with it.
    env -i PATH="$PATH" HOME="$work" "${access[@]}" "$program" run --kubeconfig "$work/kubeconfig" --namespace "$namespace" \
      --config "$work/config" --rules "$work/rules" --state "$work/state" --leader-election --listen 127.0.0.1:0 --log-format json \
      >>"$work/log" 2>&1 &
    automaton=$!
  fi
  running+=("$automaton")
  until_true 120 "the automaton listens" logged 'Listening on'
  until_true 120 "its rules are in force" logged 'Rules in force'
}
stop() {
  kill "$automaton" 2>/dev/null || true
  wait "$automaton" 2>/dev/null || true
  local left=() process
  for process in "${running[@]}"; do [ "$process" = "$automaton" ] || left+=("$process"); done
  running=("${left[@]}")
}
access=()
start
# That on nodes/proxy is given by the component node-disks alone.
all_rights() {
  if grep -F '"A right is missing"' "$work/log" | grep -v 'nodes/proxy'; then
    fail "The service account lacks rights that the rules need."
  fi
}
all_rights
saw "$(grep -oE 'Rules in force: [^"]*' "$work/log" | head -1 | cut -c 1-150)"

# --- 2 ---
say "2. A changed threshold is seen within the interval"
kn patch configmap self-healing-config --type merge -p '{"data":{"KAFKA_LAG_THRESHOLD":"12000"}}' >/dev/null
since=$SECONDS
if [ -z "$image" ]; then project self-healing-config "$work/config"; fi
# In a pod kubelet brings it: up to a minute, and its cache's time.
until_true $((interval + ${image:+120}+10)) "'Configuration reloaded' with 12000 in the log" logged 'Configuration reloaded.*12000'
saw "after $((SECONDS - since)) s: $(grep -E 'Configuration reloaded' "$work/log" | tail -1 | cut -c 1-200)"

# --- 3 ---
say "3. The dashboard for Grafana"
dashboard=k8s/grafana/self-healing-automaton.json
if [ -n "$program" ]; then "$program" dashboard | cmp - $dashboard || fail "$dashboard is not what 'automaton dashboard' prints."; fi
if [ -n "${GRAFANA_URL:-}" ]; then
  python3 - $dashboard <<'PYTHON' || fail "Grafana did not take the dashboard."
import json, os, sys, urllib.request
base, token = os.environ["GRAFANA_URL"].rstrip("/"), os.environ.get("GRAFANA_TOKEN", "")
def ask(method, path, body=None):
    request = urllib.request.Request(base + path, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
model = json.load(open(sys.argv[1]))
# Its own name, so that a dashboard that is used stays as it is.
model |= {"id": None, "uid": "self-healing-acceptance", "title": model["title"] + " (acceptance)"}
ask("POST", "/api/dashboards/db", {"dashboard": model, "overwrite": True, "message": "acceptance"})
kept = ask("GET", "/api/dashboards/uid/self-healing-acceptance")["dashboard"]
ask("DELETE", "/api/dashboards/uid/self-healing-acceptance")
if len(kept["panels"]) != len(model["panels"]):
    sys.exit("Grafana kept %d of %d panels" % (len(kept["panels"]), len(model["panels"])))
print("    Grafana took it: %d panels; taken out again" % len(kept["panels"]))
PYTHON
else
  saw "valid, and not imported, for GRAFANA_URL is not set: $(python3 -m json.tool $dashboard | wc -l) lines"
fi

# --- 4 ---
say "4. Three questions of rights: kubectl auth can-i, as the service account"
can_i() {
  # It exits with 1 when the answer is no; a warning may stand before the answer.
  local answer
  answer=$(kn auth can-i "--as=system:serviceaccount:$namespace:self-healing-sa" "$1" "$2" 2>"$work/said" | tail -1) || true
  saw "can-i $1 $2: $answer"
  [ "$answer" = "$3" ] || fail "can-i $1 $2 should be $3: $answer $(cat "$work/said")"
}
can_i get pods yes
can_i patch deployments yes
can_i delete pods no

# --- 5 ---
say "5. The overlay acceptance: nothing waits before it acts"
stop
if [ -z "$image" ]; then
  bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
  tools=${TEST_TOOLS:-$HOME/.cache/self-healing-automaton-tests}/kafka
  [ -x "$bin/postgres" ] || fail "PostgreSQL is missing: scripts/prerequisites.sh demo installs it."
  broker=$(find "$tools/lib" -path '*/noida_db/noida-db' 2>/dev/null | head -1)
  [ -x "$broker" ] || fail "The broker is missing: scripts/test-tools.sh installs it."
  free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
  # PostgreSQL does not run as root.
  as_postgres() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }
  database=$work/database
  mkdir "$database" "$work/socket"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$database" "$work/socket"; fi
  chmod 700 "$database"
  pgport=$(free_port)
  (
    cd /
    as_postgres "$bin/initdb" -D "$database" -U postgres --auth=trust --no-sync >"$work/initdb.log" 2>&1
    as_postgres "$bin/pg_ctl" -D "$database" -w -t 60 -l "$database/log" \
      -o "-p $pgport -c listen_addresses=127.0.0.1 -k $work/socket -c max_connections=30 -c superuser_reserved_connections=3" \
      start >/dev/null
  ) || fail "PostgreSQL did not start: $(tail -3 "$work/initdb.log" "$database/log" 2>/dev/null)"
  sql() { (cd / && env -i PATH="$PATH" PGCONNECT_TIMEOUT=10 psql -X -qtA -h 127.0.0.1 -p "$pgport" -U postgres -c "$1"); }
  sql "CREATE ROLE automaton LOGIN CONNECTION LIMIT 4; GRANT pg_read_all_stats, pg_signal_backend TO automaton; CREATE ROLE shop LOGIN"
  kafkaport=$(free_port)
  mkdir "$work/broker"
  "$broker" start --only kafka --kafka-port "$kafkaport" --data-dir "$work/broker" >"$work/broker.log" 2>&1 &
  running+=($!)
  listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
  until_true 60 "the broker listens" listens "$kafkaport"
  access=("PGHOST=127.0.0.1" "PGPORT=$pgport" "PGUSER=automaton" "PGDATABASE=postgres" "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:$kafkaport")
  saw "PostgreSQL $(sql 'SHOW server_version') and a broker run"
fi
overlay acceptance k8s/overlays/acceptance \
  'IDLE_SESSION_AGE: "10s", KAFKA_LAG_THRESHOLD: "12000", STORM_SHARE: "100%", NAMESPACE_SHARE: "100%"'

# Two workloads whose pods no scheduler takes, so that no kubelet does: what a kubelet would report is written to their status.
workload() {
  cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: { name: $1, namespace: $namespace }
spec:
  replicas: 1
  selector: { matchLabels: { app: $1 } }
  template:
    metadata: { labels: { app: $1 } }
    spec:
      schedulerName: nobody
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: $1
          image: registry.example.com/$1:1
          resources: { limits: { memory: 1Gi }, requests: { memory: 512Mi } }
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
YAML
}
{ workload email-service && echo --- && workload email-consumer; } >"$work/workloads.yaml"
k apply --validate=$validate -f "$work/workloads.yaml" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
pods() { kn get pods -l "app=$1" -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}'; }
has_pods() { [ -n "$(pods "$1")" ]; }
# report POD CONTAINER ready|oom
report() {
  local now ready=true status=True state
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  state="{\"running\":{\"startedAt\":\"$now\"}}"
  if [ "$3" = oom ]; then
    ready=false status=False
    state="{\"terminated\":{\"exitCode\":137,\"reason\":\"OOMKilled\",\"startedAt\":\"$now\",\"finishedAt\":\"$now\"}}"
  fi
  kn patch pod "$1" --subresource=status --type merge -p "{\"status\":{\"phase\":\"Running\",\"startTime\":\"$now\",\"conditions\":[
    {\"type\":\"Ready\",\"status\":\"$status\",\"lastTransitionTime\":\"$now\"},
    {\"type\":\"ContainersReady\",\"status\":\"$status\",\"lastTransitionTime\":\"$now\"}],\"containerStatuses\":[{\"name\":\"$2\",
    \"image\":\"registry.example.com/$2:1\",\"imageID\":\"\",\"ready\":$ready,\"restartCount\":0,\"state\":$state,\"lastState\":{}}]}}" \
    >/dev/null
}
for app in email-service email-consumer; do
  until_true 60 "a pod of $app" has_pods "$app"
  report "$(pods $app | head -1)" $app ready
done
start

say "5a. A container that is killed for its memory limit gets a higher one"
old=$(pods email-service | head -1)
report "$old" email-service oom
memory() { kn get deployment email-service -o 'jsonpath={.spec.template.spec.containers[0].resources.limits.memory}'; }
raised() { [ "$(memory)" = 2Gi ]; }
until_true 90 "memory 1Gi becomes 2Gi" raised
replaced() { pods email-service | grep -v "^$old$" | head -1 | grep -q .; }
until_true 60 "a new pod of email-service" replaced
report "$(pods email-service | grep -v "^$old$" | head -1)" email-service ready
until_true 120 "'Healed: oom-killed' in the log" logged 'Healed: oom-killed'
saw "1Gi became $(memory); $(grep -oE 'Healed: oom-killed[^"]*' "$work/log" | head -1)"
kn get deployment email-service -o 'jsonpath={.metadata.annotations}' | grep -q 'self-healing-automaton/attempts' ||
  fail "email-service does not bear the stamp of the attempt."

if [ -z "$image" ]; then
  say "5b. Idle sessions that take a PostgreSQL server's slots are ended"
  mkfifo "$work/idle"
  exec 8<>"$work/idle"
  for _ in $(seq 26); do
    # Its end of the pipe says nothing, ever: the session is idle.
    (cd / && exec env -i PATH="$PATH" psql -X -q -h 127.0.0.1 -p "$pgport" -U shop -d postgres) <"$work/idle" >/dev/null 2>&1 8>&- &
    disown
  done
  idle() { sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop'"; }
  opened() { [ "$(idle)" -ge 24 ]; }
  until_true 60 "26 sessions are open" opened
  before=$(idle)
  ended() { [ "$(idle)" -le 4 ]; }
  until_true 120 "the idle sessions are ended" ended
  until_true 120 "'Healed: postgres-connections' in the log" logged 'Healed: postgres-connections'
  saw "$before sessions became $(idle); $(grep -oE 'Healed: postgres-connections[^"]*' "$work/log" | head -1)"

  say "5c. A consumer group that is behind gets replicas"
  mkfifo "$work/group"
  "$tools/bin/python" Tests/KafkaClientTests/Scripts/group.py "127.0.0.1:$kafkaport" email.received 2 email-consumer \
    <"$work/group" >"$work/group.log" 2>&1 &
  running+=($!)
  exec 7>"$work/group"
  echo "produce 20000" >&7
  until_true 90 "20,000 messages are there" grep -q 'produced 20000' "$work/group.log"
  replicas() { kn get deployment email-consumer -o 'jsonpath={.spec.replicas}'; }
  # The group reads on, slowly: it is behind, and not stuck.
  scaled() {
    echo "consume 100" >&7
    [ "$(replicas)" -gt 1 ]
  }
  until_true 180 "email-consumer has more replicas than one" scaled
  saw "1 replica became $(replicas), for a lag of about 20000; $(grep -oE 'Done on kafka-lag[^"]*' "$work/log" | head -1)"
  [ "$(replicas)" -le 2 ] || fail "More replicas than the topic has partitions."
  # It catches up; only then it is known that the replicas helped.
  echo "consume 12000" >&7
  until_true 180 "'Healed: kafka-lag' in the log" logged 'Healed: kafka-lag'
  saw "$(grep -oE 'Healed: kafka-lag[^"]*' "$work/log" | head -1)"

  port=$(grep -oE 'Listening on [^"]*' "$work/log" | grep -oE '[0-9]+$' | head -1)
  counted() {
    python3 - "$port" >"$work/said" <<'PYTHON'
import sys, urllib.request
text = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics", timeout=10).read().decode()
lines = [l for l in text.splitlines() if l.startswith("healing_actions_total{") and 'success="true"' in l and not l.endswith(" 0")]
print("\n".join("    " + line for line in lines))
for action in ("increase_pod_memory", "cleanup_postgres_connections", "scale_kafka_consumers"):
    if not any(f'action="{action}"' in line for line in lines):
        sys.exit(1)
PYTHON
  }
  until_true 30 "/metrics counts each of the three" counted
  cat "$work/said"
fi
all_rights
echo "Accepted: every step was as docs/acceptance.md says."
