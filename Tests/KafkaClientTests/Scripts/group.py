"""A live consumer group and an independent client's word on its lag. Spoken to in lines.

group.py BROKER TOPIC PARTITIONS GROUP
  produce N   adds N messages, evenly            -> produced N
  consume N   two members read N messages, commit, and stay in the group without reading on -> consumed N
  lag         partition:committed:end of kafka-python and of confluent-kafka -> two lines
"""
import sys

import confluent_kafka as ck
from confluent_kafka.admin import AdminClient, NewTopic
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.structs import TopicPartition

broker, topic, partitions, group = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
creator = AdminClient({"bootstrap.servers": broker})
for future in creator.create_topics([NewTopic(topic, partitions, 1)]).values():
    future.result(20)
producer = ck.Producer({"bootstrap.servers": broker})
settings = {
    "bootstrap.servers": broker,
    "group.id": group,
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "max.poll.interval.ms": 600000,
}
members = []
produced = 0
print("ready", flush=True)


def lag_of_kafka_python():
    admin = KafkaAdminClient(bootstrap_servers=broker)
    offsets = admin.list_group_offsets(group)
    offsets = offsets.get(group, offsets)
    consumer = KafkaConsumer(bootstrap_servers=broker)
    ends = consumer.end_offsets([TopicPartition(topic, p) for p in range(partitions)])
    committed = {p.partition: o.offset for p, o in offsets.items()}
    consumer.close()
    admin.close()
    return " ".join(f"{p.partition}:{committed.get(p.partition, -1)}:{end}" for p, end in sorted(ends.items()))


def lag_of_confluent():
    consumer = ck.Consumer({"bootstrap.servers": broker, "group.id": group})
    committed = consumer.committed([ck.TopicPartition(topic, p) for p in range(partitions)], timeout=20)
    parts = []
    for one in sorted(committed, key=lambda each: each.partition):
        _, end = consumer.get_watermark_offsets(one, timeout=20)
        parts.append(f"{one.partition}:{max(one.offset, -1)}:{end}")
    consumer.close()
    return " ".join(parts)


for line in sys.stdin:
    word, _, count = line.strip().partition(" ")
    if word == "produce":
        for _ in range(int(count)):
            producer.produce(topic, b"x", partition=produced % partitions)
            produced += 1
        producer.flush(20)
        print("produced", count, flush=True)
    elif word == "consume":
        if not members:
            members = [ck.Consumer(settings), ck.Consumer(settings)]
            for member in members:
                member.subscribe([topic])
        left, rounds = int(count), 0
        # Both must have their share before the first commit, and each commits what it read.
        while (left > 0 or not all(m.assignment() for m in members)) and rounds < 3000:
            rounds += 1
            for member in members:
                for message in member.consume(min(left, 50), 0.02) if left > 0 else [member.poll(0.02)]:
                    if message is not None and message.error() is None:
                        left -= 1
                        member.commit(message=message, asynchronous=False)
        print("consumed", int(count) - left, " ".join(str(len(m.assignment())) for m in members), flush=True)
    elif word == "lag":
        print(lag_of_kafka_python(), flush=True)
        print(lag_of_confluent(), flush=True)
