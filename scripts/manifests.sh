#!/usr/bin/env bash
# Writes into k8s/ what follows from elsewhere: the roles that the rules need, the rules as a ConfigMap, the Prometheus rules as an
# object of the Prometheus operator.
#   scripts/manifests.sh PROGRAM [FOLDER]    the program automaton; into FOLDER instead of k8s, which must have its files
set -euo pipefail
automaton=$(realpath "$1")
cd "$(dirname "$0")/.."
k8s=${2:-k8s}
# Not the thresholds of this machine: those that are shipped.
config=$(mktemp)
new=$(mktemp)
base=$(mktemp -d)
trap 'rm -rf "$config" "$new" "$base"' EXIT
# What the base brings; the overlay node-disks brings the other one, with the rights that it needs.
cp rules/*.yaml "$base"
rm "$base/disk-usage.yaml"
rbac() {
  "$automaton" rbac --rules "$base" --config "$config" "$@"
}
made="# Made by 'make manifests'; the tests hold it against what it is made from."

manifest=$k8s/base/self-healing-automaton.yaml
rbac --kind Role --kind RoleBinding >"$new.roles"
awk -v roles="$new.roles" '
  /^# rbac: end$/ { skip = 0 }
  !skip { print }
  /^# rbac: begin$/ { skip = 1; while ((getline line < roles) > 0) print line }
' "$manifest" >"$new"
rm -f "$new.roles"
cat "$new" >"$manifest"

cp rules/disk-usage.yaml "$k8s/overlays/node-disks/disk-usage.yaml"
for kind in Role:role "ClusterRole --kind ClusterRoleBinding":cluster-role; do
  # shellcheck disable=SC2086  # the kinds are words of their own
  { echo "$made" && "$automaton" rbac --rules rules --config "$config" --kind ${kind%:*}; } >"$k8s/overlays/node-disks/${kind#*:}.yaml"
done
{ echo "$made" && rbac --all-namespaces --kind Role; } >"$k8s/overlays/cluster-wide/role.yaml"
{ echo "$made" && rbac --all-namespaces --kind ClusterRole --kind ClusterRoleBinding; } >"$k8s/overlays/cluster-wide/cluster-role.yaml"
{ echo "$made" && rbac --read-only --kind Role; } >"$k8s/overlays/observe-only/role.yaml"

rules=$(mktemp -d)
cp "$base"/*.yaml "$rules"
cp "$k8s/overlays/evict/start-failure.yaml" "$rules"
{ echo "$made" && "$automaton" rbac --rules "$rules" --config "$config" --kind Role; } >"$k8s/overlays/evict/role.yaml"
rm -rf "$rules"

{
  echo "$made"
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: self-healing-rules\n  labels:\n'
  printf '    app.kubernetes.io/name: self-healing-automaton\ndata:\n'
  for rule in "$base"/*.yaml; do
    echo "  $(basename "$rule"): |"
    sed 's/^./    &/' "$rule"
  done
} >"$k8s/self-healing-rules.yaml"

if [ -e "$k8s/prometheus/rules.yaml" ]; then
  {
    printf '%s\n# yamllint disable rule:line-length\n' "$made"
    printf 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: self-healing-automaton\n  labels:\n'
    printf '    app.kubernetes.io/name: self-healing-automaton\nspec:\n'
    sed 's/^./  &/' "$k8s/prometheus/rules.yaml"
  } >"$k8s/prometheus/prometheusrule.yaml"
fi
