"""The Faust app of a role, still without its agent; tests in tests/agents pin each trap that a setting avoids."""

import logging
from typing import Final

import faust

from agents.security import build_credentials
from pipeline.log.open import parse_brokers
from pipeline.roles import Role
from pipeline.settings import Settings
from schemas.topics import TOPICS

NEVER_S: Final = 604_800.0  # a week: our own watchdog finds what takes long; Faust would leave and never come back
# The broker counts a whole batch against a topic's limit; the smallest is 64 KiB, and a batch has a frame.
BATCH_BYTES: Final = 56 * 1024


class RoleApp(faust.App):
    """A Faust app that keeps nothing on disk, for there are no tables; its log lines count as Faust's own."""

    logger = logging.getLogger("faust.role")

    def _create_directories(self) -> None: ...


def create_app(settings: Settings, role: Role, session_s: float = 30.0, delivery_s: float = 60.0) -> RoleApp:
    """Return the app of one role: one app for each process, one consumer group for each role. Connects to nothing.

    A worker that dies without a word is missed after `session_s`, and a message that is not taken after `delivery_s`.
    """
    return RoleApp(
        settings.topic_prefix + role.group,
        broker=";".join(f"kafka://{one}" for one in parse_brokers(settings.resolved_log_url)),
        broker_credentials=build_credentials(settings.kafka_security),
        broker_client_id=role.group,
        broker_session_timeout=session_s,
        broker_heartbeat_interval=session_s / 10,
        broker_rebalance_timeout=60.0,
        broker_request_timeout=60.0,
        broker_max_poll_interval=NEVER_S,
        broker_max_poll_records=200,
        broker_commit_interval=2.0,
        consumer_metadata_max_age_ms=30_000,  # topics that a broker did not know at first are shared out soon after
        broker_commit_livelock_soft_timeout=NEVER_S,  # a step that waits for Elasticsearch is no livelock
        stream_processing_timeout=NEVER_S,
        stream_buffer_maxsize=64,
        stream_wait_empty=False,  # would wait without limit; `intake.py` drains with one
        agent_supervisor="mode.CrashingSupervisor",
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_linger=0.02,
        producer_compression_type="zstd",
        producer_max_batch_size=BATCH_BYTES,
        producer_max_request_size=max(topic.max_message_bytes for topic in TOPICS),
        producer_request_timeout=delivery_s,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
