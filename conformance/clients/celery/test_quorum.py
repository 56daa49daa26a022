"""Quorum queues as task queues, with delays kept by the broker (Celery 5.5 and newer)."""

import time

import pytest
from kombu import Connection

from harness import wait_for


@pytest.fixture(scope='module')
def quorum(suite):
    process = suite.worker('quorum', '-P', 'prefork', '-c', '2', name='quorum')
    yield suite.app('quorum')
    process.stop()
    with Connection(suite.url) as connection:
        channel = connection.channel()
        channel.queue_delete(f'{suite.prefix}.quorum')
        channel.exchange_delete(f'{suite.prefix}.quorum')
        channel.exchange_delete('celery_delayed_delivery')
        for level in range(28):
            channel.queue_delete(f'celery_delayed_{level}')
            channel.exchange_delete(f'celery_delayed_{level}')


def test_the_queue_is_a_quorum_queue(suite, quorum, connection):
    name, arguments = f'{suite.prefix}.quorum', {'x-queue-type': 'quorum'}
    with connection.channel() as channel:
        channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
    with pytest.raises(connection.channel_errors):
        connection.channel().queue_declare(name, durable=True, auto_delete=False)


def test_tasks_and_results_pass_through_a_quorum_queue(quorum):
    results = [quorum.tasks['suite.add'].delay(number, 1) for number in range(200)]
    assert [result.get(timeout=40) for result in results] == list(range(1, 201))


def test_the_worker_limits_its_prefetch_per_consumer(suite, quorum):
    assert 'Global QoS is disabled' in next(
        process.output() for process in suite.processes if process.name == 'quorum')
    node = suite.node('quorum')
    assert quorum.control.inspect([node], timeout=10).stats()[node]['prefetch_count'] == 8


@pytest.mark.parametrize('seconds', [1, 2, 5])
def test_a_countdown_is_kept_by_the_broker(suite, quorum, seconds):
    key, sent = suite.key(), time.time()
    quorum.tasks['suite.record'].apply_async((key,), countdown=seconds).get(timeout=30)
    waited = float(suite.lines(key)[0][-1]) - sent
    # The delay counts whole seconds, so that up to one is lost when the ETA is reckoned back.
    assert seconds - 1 <= waited <= seconds + 5


def test_a_far_task_waits_in_the_queue_of_its_highest_bit(suite, quorum):
    """100,000 s has bit 16 as its highest."""
    key = suite.key()
    result = quorum.tasks['suite.record'].apply_async((key,), countdown=100_000)
    wait_for(lambda: suite.declared('celery_delayed_16').message_count == 1, what='the task')
    node = suite.node('quorum')
    assert quorum.control.inspect([node], timeout=10).scheduled()[node] == []
    with quorum.connection_for_write() as connection:
        channel = connection.default_channel
        message = channel.basic_get('celery_delayed_16', no_ack=True)
        assert message.headers['id'] == result.id
        assert message.delivery_info['routing_key'].endswith(f'.{suite.prefix}.quorum')
    assert suite.lines(key) == []


def test_retries_with_a_countdown_pass_the_delay_queues_again_and_again(suite, quorum):
    key = suite.key()
    assert quorum.tasks['suite.unsteady'].delay(key, 3).get(timeout=60) == 3
    assert [line[1] for line in suite.lines(key)] == ['0', '1', '2', '3']


def test_a_task_of_a_killed_worker_runs_again_from_a_quorum_queue(suite, worker, quorum):
    main = next(process for process in suite.processes if process.name == 'quorum')
    key = suite.key()
    quorum.tasks['suite.late'].delay(key, 60)
    suite.wait_lines(key, 1)
    second = worker('quorum', '-P', 'solo')
    main.kill()
    lines = [line[:2] for line in suite.wait_lines(key, 3)]
    assert lines == [['start', 'False'], ['start', 'True'], ['end', 'True']]
    assert second.popen.poll() is None
