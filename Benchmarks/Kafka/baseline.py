"""kafka-python as the baseline. baseline.py BROKER PARTITIONS; then `read` -> milliseconds and lag, a line each."""
import socket
import sys
import time

import confluent_kafka as ck
from confluent_kafka.admin import AdminClient, NewTopic
from kafka import KafkaAdminClient, KafkaConsumer

broker, partitions = sys.argv[1], int(sys.argv[2])
for _ in range(200):
    try:
        socket.create_connection(broker.split(":"), 1).close()
        break
    except OSError:
        time.sleep(0.05)
creator = AdminClient({"bootstrap.servers": broker})
for future in creator.create_topics([NewTopic("orders", partitions, 1)]).values():
    future.result(60)
producer = ck.Producer({"bootstrap.servers": broker, "queue.buffering.max.messages": 1000000})
for number in range(partitions * 3):
    producer.produce("orders", b"x", partition=number % partitions)
    if number % 1000 == 0:
        producer.poll(0)
producer.flush()
consumer = ck.Consumer({"bootstrap.servers": broker, "group.id": "orders-group", "enable.auto.commit": False})
for start in range(0, partitions, 1000):
    part = range(start, min(start + 1000, partitions))
    consumer.commit(offsets=[ck.TopicPartition("orders", p, 1) for p in part], asynchronous=False)
consumer.close()

admin = KafkaAdminClient(bootstrap_servers=broker)
reader = KafkaConsumer(bootstrap_servers=broker)
print("ready", flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    committed = admin.list_group_offsets("orders-group")
    committed = committed.get("orders-group", committed)
    ends = reader.end_offsets(list(committed))
    lag = sum(end - committed[partition].offset for partition, end in ends.items())
    print((time.perf_counter() - begin) * 1000, lag, flush=True)
