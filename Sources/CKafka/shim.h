#ifndef AUTOMATON_CKAFKA_SHIM_H
#define AUTOMATON_CKAFKA_SHIM_H
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

// Logical offsets are macros with casts that are not imported. As "times" of rd_kafka_offsets_for_times they ask for both ends of a log.
static const int64_t automaton_kafka_end = RD_KAFKA_OFFSET_END;
static const int64_t automaton_kafka_beginning = RD_KAFKA_OFFSET_BEGINNING;
#endif
