"""Kafka and PostgreSQL for one machine: started, stopped and watched from one state folder.

Nothing that this package did not start is ever touched.
"""

from wangge.services.kafka import kill_kafka, start_kafka, stop_kafka
from wangge.services.local import Local, choose, down, known, up
from wangge.services.postgres import start_postgres, stop_postgres

__all__ = [
    "Local",
    "choose",
    "down",
    "kill_kafka",
    "known",
    "start_kafka",
    "start_postgres",
    "stop_kafka",
    "stop_postgres",
    "up",
]
