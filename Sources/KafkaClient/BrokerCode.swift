import CKafka

/// An error code of librdkafka or of a broker.
struct BrokerCode: Error, Hashable {
    let code: Int32

    init(_ code: rd_kafka_resp_err_t) { self.code = code.rawValue }

    /// `Broker: Not leader for partition`.
    var text: String {
        code == RD_KAFKA_RESP_ERR__NOENT.rawValue ? "the answer does not name it" : String(cString: rd_kafka_err2str(.init(code)))
    }

    /// Whether it says that somebody else is to be asked by now, so that asking once more, with a new layout, may help.
    var isMoved: Bool {
        let codes = [
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR__TRANSPORT,
        ]
        return codes.contains { $0.rawValue == code }
    }

    /// Whether the cluster refuses this user.
    var isUnauthorised: Bool {
        [
            RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
        ].contains { $0.rawValue == code }
    }

    /// Whether the broker does not have the request.
    var isUnsupported: Bool {
        [RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION].contains { $0.rawValue == code }
    }

    /// Whether nobody answered in time.
    var isTimeout: Bool {
        [RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE].contains {
            $0.rawValue == code
        }
    }
}
