from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import NewTopic


def handler(event, context):
    producer = Producer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0})
    producer.produce("orders", b"2")
    producer.purge()
    return str((producer.flush(0), NewTopic("orders", 1).topic, KafkaError._ALL_BROKERS_DOWN))
