"""What the broker promises a worker: order, redelivery, dead letters, routing, reconnection."""

import signal
import time
from functools import partial

import pytest
from amqp.exceptions import MessageNacked
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError

from harness import wait_for


def test_a_priority_queue_hands_out_the_most_urgent_first(suite, worker):
    app, key = suite.app('priority'), suite.key()
    for priority in (0, 3, 9, 1, 5, 9, 2):
        app.tasks['suite.record'].apply_async((key, priority), priority=priority)
    assert suite.declared(f'{suite.prefix}.priority').message_count == 7
    worker('priority', '-P', 'solo', '-c', '1')
    order = [int(line[0]) for line in suite.wait_lines(key, 7)]
    assert order == [9, 9, 5, 3, 2, 1, 0]


def test_eta_tasks_raise_the_prefetch_so_that_other_tasks_pass(suite, worker):
    """Celery lifts the channel's prefetch by one for each ETA task that it holds."""
    process = worker('prefetch', '-P', 'solo', '-c', '1')
    app, key = suite.app('prefetch'), suite.key()
    held = [app.tasks['suite.record'].apply_async((key, 'late'), countdown=300)
            for _ in range(15)]
    app.tasks['suite.record'].delay(key, 'now').get(timeout=20)
    assert [line[0] for line in suite.lines(key)] == ['now']
    node = process_node(suite, process)
    inspect = app.control.inspect([node], timeout=10)
    assert inspect.stats()[node]['prefetch_count'] == 2 + len(held)
    assert len(inspect.scheduled()[node]) == len(held)
    process.stop()
    # What the worker held goes back to the queue when it leaves.
    queue = wait_for(lambda: suite.declared(f'{suite.prefix}.prefetch'), what='the queue')
    assert queue.message_count == len(held)


def process_node(suite, process):
    return suite.node(process.name)


def test_a_prefetch_limit_leaves_the_rest_in_the_queue(suite, worker):
    worker('late', '-P', 'solo', '-c', '1')
    app, key = suite.app('late'), suite.key()
    for _ in range(6):
        app.tasks['suite.late'].delay(key, 1)
    suite.wait_lines(key, 1)
    # acks_late and prefetch 1: the running task is the only one out.
    assert suite.declared(f'{suite.prefix}.late').message_count == 5
    assert app.control.purge() == 5
    suite.wait_lines(key, 2)


def test_a_task_of_a_killed_worker_runs_again(suite, worker):
    first = worker('late', '-P', 'prefork', '-c', '1')
    app, key = suite.app('late'), suite.key()
    app.tasks['suite.late'].delay(key, 60)
    suite.wait_lines(key, 1)
    first.kill()
    queue = f'{suite.prefix}.late'
    wait_for(lambda: suite.declared(queue).message_count == 1, what='the task in its queue')
    worker('late', '-P', 'prefork', '-c', '1')
    lines = [line[:2] for line in suite.wait_lines(key, 3)]
    assert lines == [['start', 'False'], ['start', 'True'], ['end', 'True']]
    wait_for(lambda: suite.declared(queue).message_count == 0, what='an empty queue')


def test_a_task_whose_pool_process_died_runs_again(suite, worker):
    worker('late', '-P', 'prefork', '-c', '1')
    app, key = suite.app('late'), suite.key()
    app.tasks['suite.lost'].delay(key)
    assert [line[1] for line in suite.wait_lines(key, 2)] == ['False', 'True']


def test_a_warm_shutdown_finishes_the_task_and_returns_the_others(suite, worker):
    process = worker('shutdown', '-P', 'prefork', '-c', '1')
    app, key = suite.app('shutdown'), suite.key()
    nap, record = app.tasks['suite.nap'], app.tasks['suite.record']
    nap.delay(key, 2)
    suite.wait_lines(key, 1)
    for _ in range(8):
        record.delay(suite.key())
    assert process.stop(30) == 0
    assert [line[0] for line in suite.lines(key)] == ['start', 'end']
    queue = suite.declared(f'{suite.prefix}.shutdown')
    assert (queue.message_count, queue.consumer_count) == (8, 0)
    assert app.control.purge() == 8


def test_a_cold_shutdown_returns_the_running_late_ack_task(suite, worker):
    process = worker('shutdown', '-P', 'prefork', '-c', '1')
    app, key = suite.app('shutdown'), suite.key()
    app.tasks['suite.late'].delay(key, 30)
    suite.wait_lines(key, 1)
    process.signal(signal.SIGQUIT)
    process.popen.wait(20)
    process.kill()
    name = f'{suite.prefix}.shutdown'
    wait_for(lambda: suite.declared(name).message_count == 1, what='the returned task')
    worker('shutdown', '-P', 'solo')
    assert suite.wait_lines(key, 2)[1][:2] == ['start', 'True']


@pytest.mark.parametrize('pool', ['solo', 'threads'])
def test_another_pool_takes_over_what_a_stopped_worker_left(suite, worker, pool):
    app = suite.app('restart')
    results = [app.tasks['suite.add'].delay(number, 1) for number in range(20)]
    worker('restart', '-P', pool, '-c', '2').wait_output('succeeded', 20, times=20)
    assert [result.get(timeout=20) for result in results] == list(range(1, 21))


def test_a_worker_reconnects_after_its_connections_were_cut(suite, worker, proxy):
    process = worker('cut', '-P', 'prefork', '-c', '1', url=suite.url_through(proxy),
                     neighbourly=True)
    app, key = suite.app('cut'), suite.key()
    assert app.tasks['suite.add'].delay(1, 1).get(timeout=20) == 2
    app.tasks['suite.late'].delay(key, 3)
    suite.wait_lines(key, 1)
    assert proxy.cut() > 0
    # The task that was running at the cut is not acknowledged, so it comes again.
    lines = [line[:2] for line in suite.wait_lines(key, 4, 40)]
    assert lines.count(['start', 'True']) == 1
    assert app.tasks['suite.add'].delay(2, 2).get(timeout=30) == 4
    assert app.control.ping([process_node(suite, process)], timeout=10)


def test_a_publisher_with_confirms_survives_a_cut_connection(suite, worker, proxy):
    worker('cut', '-P', 'solo')
    app, key = suite.app('cut', suite.url_through(proxy)), suite.key()
    app.tasks['suite.silent'].delay(key)
    suite.wait_lines(key, 1)
    proxy.cut()
    app.tasks['suite.silent'].delay(key)
    suite.wait_lines(key, 2)


def test_heartbeats_find_a_connection_that_went_silent(suite, worker, proxy):
    process = worker('heartbeat', '-P', 'prefork', '-c', '1', url=suite.url_through(proxy))
    proxy.freeze()
    process.wait_output('heartbeats missed', 30)
    # The publishing connections have no heartbeat; they would stay silent for ever.
    proxy.cut_frozen()
    process.wait_output('Connected to amqp', 30, times=2)
    key = suite.key()
    suite.app('heartbeat').tasks['suite.silent'].delay(key)
    suite.wait_lines(key, 1, 30)


def test_a_connection_with_heartbeats_stays_up_while_idle(suite, worker):
    process = worker('heartbeat', '-P', 'prefork', '-c', '1')
    time.sleep(6)
    assert suite.app('heartbeat').tasks['suite.add'].delay(1, 1).get(timeout=20) == 2
    assert process.output().count('Connected to amqp') == 1


def test_a_worker_consumes_again_after_its_queue_was_deleted(suite, worker, channel):
    """The broker cancels the consumer; the worker starts anew and declares its queue."""
    process = worker('restart', '-P', 'prefork', '-c', '1')
    app = suite.app('restart')
    queue = f'{suite.prefix}.restart'
    assert app.tasks['suite.add'].delay(1, 1).get(timeout=20) == 2
    channel.queue_delete(queue)
    process.wait_output('Connected to amqp', 30, times=2)
    # Clients of this process share a connection, which holds the queue for declared already.
    wait_for(lambda: getattr(suite.declared(queue), 'consumer_count', 0) == 1, 30, 'the worker')
    again = suite.app('restart')
    assert again.tasks['suite.add'].delay(3, 3).get(timeout=30) == 6


def test_routes_send_tasks_through_topic_and_direct_exchanges(suite, worker):
    worker('routes', '-P', 'solo')
    app, prefix = suite.app('routes'), suite.prefix
    for name, exchange, key in (
        ('suite.image', f'{prefix}.topic', 'media.image.resize'),
        ('suite.feed', f'{prefix}.topic', 'feeds.rss.in'),
        ('suite.exact', f'{prefix}.direct', 'exact'),
    ):
        assert app.tasks[name].delay(suite.key()).get(timeout=20) == [exchange, key]
    by_hand = app.tasks['suite.where'].apply_async(
        (suite.key(),), exchange=f'{prefix}.topic', routing_key='media.video')
    assert by_hand.get(timeout=20) == [f'{prefix}.topic', 'media.video']


def test_a_worker_with_dash_q_serves_only_those_queues(suite, worker):
    app, prefix, image, feed = suite.app('routes'), suite.prefix, suite.key(), suite.key()
    worker('routes', '-P', 'solo', '-Q', f'{prefix}.media')
    app.tasks['suite.feed'].delay(feed)
    app.tasks['suite.image'].delay(image)
    suite.wait_lines(image, 1)
    assert suite.declared(f'{prefix}.feeds').message_count == 1
    assert suite.lines(feed) == []
    assert app.control.purge() == 1


def test_a_broadcast_queue_reaches_every_worker(suite, worker):
    first = worker('broadcast', '-P', 'solo')
    second = worker('broadcast', '-P', 'solo')
    key = suite.key()
    suite.app('broadcast').tasks['suite.everywhere'].delay(key)
    hosts = {line[0] for line in suite.wait_lines(key, 2)}
    assert hosts == {process_node(suite, first), process_node(suite, second)}


@pytest.fixture
def dead_queue(suite, channel):
    exchange = Exchange(f'{suite.prefix}.dlx', 'direct')
    queue = Queue(f'{suite.prefix}.dead', exchange, 'dead')(channel)
    queue.declare()
    yield queue
    queue.delete()
    exchange(channel).delete()


def test_a_rejected_task_lands_in_the_dead_letter_queue(suite, worker, dead_queue):
    worker('dead_letters', '-P', 'solo')
    app, key = suite.app('dead_letters'), suite.key()
    result = app.tasks['suite.refuse'].delay(key)
    suite.wait_lines(key, 1)
    message = wait_for(lambda: dead_queue.get(no_ack=True), what='the dead letter')
    assert message.headers['id'] == result.id
    assert message.headers['task'] == 'suite.refuse'
    (death,) = message.headers['x-death']
    assert (death['queue'], death['reason'], death['count'], death['exchange']) == (
        f'{suite.prefix}.work', 'rejected', 1, '')
    assert death['routing-keys'] == [f'{suite.prefix}.work']
    assert message.headers['x-first-death-reason'] == 'rejected'
    assert message.delivery_info['exchange'] == f'{suite.prefix}.dlx'
    assert message.delivery_info['routing_key'] == 'dead'


def test_a_task_that_waited_too_long_lands_in_the_dead_letter_queue(suite, dead_queue):
    app, key = suite.app('dead_letters'), suite.key()
    # kombu's per-message `expiration` is in seconds and goes out as a string of milliseconds.
    result = app.tasks['suite.record'].apply_async((key,), expiration=0.4)
    message = wait_for(lambda: dead_queue.get(no_ack=True), what='the dead letter')
    assert message.headers['id'] == result.id
    assert message.headers['x-death'][0]['reason'] == 'expired'
    assert message.headers['x-death'][0]['original-expiration'] == '400'
    assert 'expiration' not in message.properties


def test_confirm_publish_delivers_every_task(suite, worker):
    worker('confirm', '-P', 'solo')
    app = suite.app('confirm')
    results = [app.tasks['suite.add'].delay(number, number) for number in range(100)]
    assert [result.get(timeout=30) for result in results] == [2 * n for n in range(100)]


def test_confirm_publish_reports_a_full_queue(suite, channel):
    app, name = suite.app('confirm'), f'{suite.prefix}.full'
    arguments = {'x-max-length': 1, 'x-overflow': 'reject-publish'}
    queue = Queue(name, Exchange(name), name, queue_arguments=arguments)
    send = partial(app.tasks['suite.silent'].apply_async, ('x',), queue=queue, retry=False)
    send()
    # Celery wraps the refusal in kombu's OperationalError in some versions.
    with pytest.raises((MessageNacked, OperationalError)) as refusal:
        send()
    assert MessageNacked in (type(refusal.value), type(refusal.value.__cause__))
    assert queue(channel).delete() == 1
    queue.exchange(channel).delete()


def test_beat_sends_a_task_every_interval(suite, main):
    folder = suite.folder
    beat = suite.spawn('beat', 'beat', 'beat', '-s', f'{folder}/schedule',
                       '--pidfile', f'{folder}/beat.pid', '-l', 'INFO')
    key = f'{suite.prefix}.beat'
    times = [float(line[-1]) for line in suite.wait_lines(key, 4, 40)]
    assert beat.stop() == 0
    # Sent a second apart; the worker's own delays move a single one, hardly the sum.
    assert 2 <= times[3] - times[0] <= 10
    time.sleep(1)
    count = len(suite.lines(key))
    time.sleep(2)
    assert len(suite.lines(key)) == count
