"""Logs: one JSON object a line, with ids and never a message's text.

Refuses secrets: anything shaped like a bot token is blotted out wherever it appears, also inside tracebacks.
"""

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_TOKEN = re.compile(r"\d{1,12}:[A-Za-z0-9_-]{8,}")
_ENCRYPTED = re.compile(r"gAAAA[A-Za-z0-9_=-]{20,}")


def redact(text: str) -> str:
    """The text without tokens and sealed values."""
    return _ENCRYPTED.sub("[sealed]", _TOKEN.sub("[token]", text))


def _blot_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


class _Safe(logging.Formatter):
    """Libraries log exceptions with whole request addresses and answers: keep the kind, drop the words."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        suffix = f" ({kind})" if kind else ""
        return redact(f"{record.levelname.lower()} {record.name}: {record.getMessage()[:300]}{suffix}")


def _frames_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A traceback as places, without the exception's text, which may hold what somebody wrote."""
    info = event.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        places = []
        trace = error.__traceback__ if error else None
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["at"] = places[-6:]
    return event


def set_up(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Make structlog and the standard library speak alike, to standard error unless told otherwise."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Safe())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _frames_only,
            _blot_out,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
