"""Reads an OpenMetrics text strictly: openmetrics.py FILE prints a line for each exemplar, and for each family how it is typed.

    family healing_actions counter
    exemplar healing_actions_total incident_id=20231114T221320Z-0000002a 1.0 1700000040.0
"""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
for family in text_string_to_metric_families(text):
    print("family", family.name, family.type)
    for sample in family.samples:
        if sample.exemplar:
            labels = ",".join(f"{name}={value}" for name, value in sample.exemplar.labels.items())
            print("exemplar", sample.name, labels, float(sample.exemplar.value), float(sample.exemplar.timestamp))
