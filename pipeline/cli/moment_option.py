"""Options that name a time, as `--since 24h`."""

from datetime import datetime


def parse_option(option: str, text: str | None, now: datetime) -> datetime | None:
    """Return the beginning of the time that was typed, None when nothing was.

    Raises:
        ConfigurationError: it is no time; names the option and the forms.
    """
    from pipeline.search.moments import EXAMPLES, parse_moment
    from schemas.errors import ConfigurationError

    if text is None:
        return None
    span = parse_moment(text, now)
    if span is None:
        msg = f"{option} {text!r} is no time; use {EXAMPLES}"
        raise ConfigurationError(msg)
    return span.start
