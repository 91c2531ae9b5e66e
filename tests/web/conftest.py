"""One site over the newsroom for all tests of a module, a server of it, and a client."""

from collections.abc import Iterator

import httpx
import pytest

from pipeline.web.site import Site
from tests.web.newsroom import open_site
from tests.web.serving import serve


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site over the newsroom."""
    site = open_site(tmp_path_factory.mktemp("site"))
    yield site
    site.index.close()
    site.open_log().close()


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    """A client of a server on this machine."""
    with serve(site) as address, httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client
