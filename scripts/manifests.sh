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
# What the base brings; the component node-disks brings the other one, with the rights that it needs.
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

# Beside the base's Role, what a component's own rules need beyond it.
#   beside FOLDER NAME KIND...
beside() {
  local rules=$1 name=$2 kinds=()
  shift 2
  for kind; do kinds+=(--kind "$kind" --kind "${kind}Binding"); done
  "$automaton" rbac --rules "$rules" --beyond "$base" --config "$config" --name "self-healing-automaton-$name" "${kinds[@]}"
}
components=$k8s/components
cp rules/disk-usage.yaml "$components/node-disks/disk-usage.yaml"
{
  echo "$made"
  beside rules node-disks Role
  echo ---
  # Another name: what is in a namespace becomes a ClusterRole, too, with the component cluster-wide.
  beside rules nodes ClusterRole
} >"$components/node-disks/role.yaml"
{ echo "$made" && rbac --all-namespaces --kind Role; } >"$components/cluster-wide/role.yaml"
{ echo "$made" && rbac --all-namespaces --kind ClusterRole --kind ClusterRoleBinding; } >"$components/cluster-wide/cluster-role.yaml"
{ echo "$made" && rbac --read-only --kind Role; } >"$components/observe-only/role.yaml"

rules=$(mktemp -d)
cp "$base"/*.yaml "$rules"
cp "$components/evict/start-failure.yaml" "$rules"
{ echo "$made" && beside "$rules" evict Role; } >"$components/evict/role.yaml"
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
