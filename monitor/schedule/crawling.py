"""The crawler as the configuration wants it; its complaints about settings become the configuration's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from crawler.session import Crawler, open_crawler
from crawler.settings import CrawlSettings, SettingsError
from monitor.config import Config
from monitor.errors import ConfigError


def crawl_settings(config: Config) -> CrawlSettings:
    """The [crawler] table as the crawler takes it. Raises ConfigError naming the key."""
    values = msgspec.structs.asdict(config.crawler)
    if config.crawler.ca_file:
        values["ca_file"] = str(config.path(config.crawler.ca_file))
    try:
        return CrawlSettings(**values)
    except SettingsError as error:
        raise _as_config_error(error) from error


@asynccontextmanager
async def open_configured_crawler(config: Config) -> AsyncIterator[Crawler]:
    """`crawler.session.open_crawler` with the configuration's settings. Raises ConfigError naming the key."""
    async with AsyncExitStack() as stack:
        try:
            crawler = await stack.enter_async_context(open_crawler(crawl_settings(config)))
        except SettingsError as error:
            raise _as_config_error(error) from error
        yield crawler


def _as_config_error(error: SettingsError) -> ConfigError:
    return ConfigError("configuration", f"crawler.{error.key}", error.problem)
