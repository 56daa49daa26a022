"""What looks at the broker over HTTP: kombu's manager, `celery list bindings`, Flower."""

import json
import os
import socket
import urllib.error
import urllib.request

import pytest
from kombu import Connection, Exchange, Queue

from harness import wait_for

PORT = int(os.environ['SUITE_MANAGEMENT_PORT'])


@pytest.fixture
def manager(suite):
    with Connection(suite.url, transport_options={'manager_port': PORT}) as connection:
        manager = connection.manager
        # It takes tags for a text, as they were before RabbitMQ 3.9.
        manager.is_admin = True
        yield manager


@pytest.fixture
def queue(suite, channel):
    """A queue of three messages, bound to an exchange of the same name."""
    name = f'{suite.prefix}.managed'
    queue = Queue(name, Exchange(name, type='topic'), routing_key='a.#')(channel)
    queue.declare()
    for body in ('one', 'two', 'three'):
        queue.exchange.publish(queue.exchange.Message(body), routing_key='a.b')
    yield name
    queue.delete()
    queue.exchange.delete()


def test_the_manager_lists_queues(manager, queue):
    def depth():
        return {each['name']: each['messages'] for each in manager.get_queues()}.get(queue)

    wait_for(lambda: depth() == 3, what='three messages in the list of queues')
    assert manager.get_queue_depth('/', queue) == 3
    assert manager.get_queue('/', queue)['durable'] is True


def test_the_manager_lists_bindings(manager, queue):
    bound = [(each['source'], each['routing_key']) for each in manager.get_queue_bindings('/', queue)]
    assert sorted(bound) == [('', queue), (queue, 'a.#')]
    assert (queue, queue) in [(each['source'], each['destination'])
                              for each in manager.get_bindings()]


def test_the_manager_lists_what_is_alive(manager, connection, queue):
    assert manager.is_alive()
    assert manager.get_whoami()['name'] == 'guest'
    assert any(each['user'] == 'guest' for each in manager.get_connections())
    assert all(each['connection_details']['name'] for each in manager.get_channels())


def test_the_manager_publishes_and_purges(manager, queue):
    assert manager.publish('/', queue, 'a.c', 'by hand') is True
    wait_for(lambda: manager.get_queue_depth('/', queue) == 4, what='a fourth message')
    manager.purge_queue('/', queue)
    wait_for(lambda: manager.get_queue_depth('/', queue) == 0, what='an empty queue')


def test_the_manager_makes_and_removes_things(suite, manager):
    name = f'{suite.prefix}.made'
    manager.create_vhost(name)
    manager.create_user(name, 'secret', 'monitoring')
    manager.set_vhost_permissions(name, name, '.*', '.*', '.*')
    manager.set_vhost_permissions(name, 'guest', '.*', '.*', '.*')
    manager.create_queue(name, 'q', durable=True)
    manager.create_exchange(name, 'x', 'direct')
    manager.create_binding(name, 'x', 'q', 'key')
    assert [each['name'] for each in manager.get_queues(name)] == ['q']
    assert manager.get_user_permissions(name)[0]['vhost'] == name
    manager.delete_queue(name, 'q')
    manager.delete_exchange(name, 'x')
    manager.delete_user(name)
    manager.delete_vhost(name)
    assert name not in manager.get_vhost_names()


def test_celery_lists_bindings(suite, queue):
    output = suite.command('list', 'bindings', profile='managed')
    assert queue in output


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture
def flower(suite, main, monkeypatch):
    monkeypatch.setenv('FLOWER_UNAUTHENTICATED_API', 'true')
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port = probe.getsockname()[1]
    process = suite.spawn(
        'flower', 'defaults', 'flower', '--address=127.0.0.1', f'--port={port}',
        f'--broker-api=http://guest:guest@127.0.0.1:{PORT}/api/')
    url = f'http://127.0.0.1:{port}'

    def answers():
        assert process.popen.poll() is None, process.output()[-4000:]
        try:
            return fetch(f'{url}/healthcheck')
        except (urllib.error.URLError, OSError):
            return None

    wait_for(answers, 40, 'an answer from Flower')
    yield url
    process.stop()


def test_flower_shows_queues(suite, app, flower, channel):
    name = 'celery'

    def shown():
        return {each['name']: each['messages']
                for each in json.loads(fetch(f'{flower}/api/queues/length'))['active_queues']}

    wait_for(lambda: name in shown(), 40, 'the worker\'s queue in Flower')
    page = fetch(f'{flower}/broker')
    assert f'<td>{name}</td>' in page, page[-3000:]


def test_flower_shows_tasks(suite, app, flower):
    result = app.send_task('suite.add', (2, 3))
    assert result.get(timeout=20) == 5

    def task():
        try:
            return json.loads(fetch(f'{flower}/api/task/info/{result.id}'))
        except urllib.error.HTTPError:
            return None

    # Events of one task come by several ways: Flower may hear of its end before it hears its name.
    assert wait_for(lambda: (task() or {}).get('name'), 30, 'the task in Flower') == 'suite.add'
