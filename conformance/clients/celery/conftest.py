"""Fixtures: the broker under test (`AMQP_URL`), client applications and worker processes."""

import os
import signal
import sys

import celery
import pytest
from kombu import Connection

sys.path.insert(0, os.path.dirname(__file__))

from harness import Suite  # noqa: E402
from proxy import Proxy  # noqa: E402

VERSION = tuple(int(part) for part in celery.__version__.split('.')[:2])
TEST_SECONDS = 90

# Delays kept by the broker came with Celery 5.5: older ones have nothing there to test.
collect_ignore = [] if VERSION >= (5, 5) else ['test_quorum.py']
# Debian has neither Flower nor what kombu's manager needs; a broker that somebody else started may
# have no management API.
if VERSION < (5, 5) or 'SUITE_MANAGEMENT_PORT' not in os.environ:
    collect_ignore.append('test_management.py')


def pytest_report_header():
    import amqp
    import kombu
    return f'celery {celery.__version__}, kombu {kombu.__version__}, amqp {amqp.__version__}'


@pytest.fixture(autouse=True)
def time_limit(request):
    """No test may hang: what takes longer fails where it waits."""
    def expire(number, frame):
        raise TimeoutError(f'{request.node.name} took more than {TEST_SECONDS} s')

    signal.signal(signal.SIGALRM, expire)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)


def own_names(prefix):
    """The durable queues and exchanges of the profiles; each task queue has both by one name."""
    return ['celery', *(f'{prefix}.{name}' for name in (
        'side', 'autoscale', 'files', 'late', 'restart', 'shutdown', 'cut', 'heartbeat', 'confirm',
        'prefetch', 'priority', 'media', 'feeds', 'exact', 'routes', 'topic', 'direct',
        'broadcast', 'everybody', 'work', 'managed'))]


def remove(url, names):
    with Connection(url) as connection, connection.channel() as channel:
        for name in names:
            channel.queue_delete(name)
            channel.exchange_delete(name)


@pytest.fixture(scope='session')
def suite():
    suite = Suite(os.environ['SUITE_URL'], os.environ['SUITE_PREFIX'], os.environ['SUITE_DIR'])
    names = own_names(suite.prefix)
    remove(suite.url, names)
    suite.app()
    yield suite
    suite.close()
    remove(suite.url, names)


@pytest.fixture(scope='session')
def main(suite):
    """The worker that most tests use: prefork, two processes, events, gossip, mingle."""
    return suite.worker('defaults', '-P', 'prefork', '-c', '2', '-E', name='main',
                        neighbourly=True)


@pytest.fixture
def worker(suite):
    """A factory of workers that end with the test."""
    started = []

    def start(profile, *arguments, **options):
        started.append(suite.worker(profile, *arguments, **options))
        return started[-1]

    yield start
    for process in started:
        process.stop()


@pytest.fixture
def app(suite, main):
    """A client of the main worker."""
    return suite.app()


@pytest.fixture
def connection(suite):
    with Connection(suite.url) as connection:
        yield connection


@pytest.fixture
def channel(connection):
    return connection.channel()


@pytest.fixture
def proxy(suite):
    with Connection(suite.url) as target:
        proxy = Proxy(target.hostname, target.port or 5672)
    yield proxy
    proxy.close()
