"""Remote control and inspection over the pidbox exchanges, and events."""

import threading

import pytest
from celery.exceptions import TaskRevokedError

from harness import wait_for


@pytest.fixture
def node(suite):
    return suite.node('main')


@pytest.fixture
def inspect(app, node):
    return app.control.inspect([node], timeout=10)


def test_ping_is_answered(app, inspect, node):
    assert inspect.ping() == {node: {'ok': 'pong'}}
    assert {node: {'ok': 'pong'}} in app.control.ping(timeout=2)


def test_registered_lists_the_tasks(inspect, node):
    assert {'suite.add', 'suite.nap', 'suite.flaky'} <= {
        line.split()[0] for line in inspect.registered()[node]}


def test_stats_tell_pool_broker_and_prefetch(inspect, node):
    stats = inspect.stats()[node]
    assert stats['pool']['max-concurrency'] == 2
    assert stats['broker']['transport'] == 'amqp'
    assert stats['prefetch_count'] == 8


def test_active_queues_tell_the_queue_and_its_exchange(inspect, node):
    (queue,) = inspect.active_queues()[node]
    assert (queue['name'], queue['exchange']['name'], queue['exchange']['type']) == (
        'celery', 'celery', 'direct')


def test_conf_report_and_clock_are_answered(inspect, node):
    assert inspect.conf()[node]['task_send_sent_event'] is True
    assert 'celery' in inspect.report()[node]['ok']
    assert inspect.clock()[node]['clock'] > 0


def test_active_and_query_task_show_a_running_task(suite, app, inspect, node):
    key = suite.key()
    result = app.tasks['suite.nap'].delay(key, 2)
    suite.wait_lines(key, 1)
    (active,) = [task for task in inspect.active()[node] if task['id'] == result.id]
    assert active['args'] == [key, 2]
    assert active['delivery_info']['routing_key'] == 'celery'
    assert inspect.query_task(result.id)[node][result.id][0] == 'active'
    assert result.get(timeout=20) == key


def test_reserved_shows_what_waits_behind_running_tasks(suite, app, inspect, node):
    key = suite.key()
    results = [app.tasks['suite.nap'].delay(key, 1.5) for _ in range(4)]
    suite.wait_lines(key, 2)
    waiting = {task['id'] for task in inspect.reserved()[node]} & {r.id for r in results}
    assert len(waiting) == 2
    for result in results:
        result.get(timeout=20)


def test_scheduled_shows_a_task_with_an_eta(suite, app, inspect, node):
    result = app.tasks['suite.record'].apply_async((suite.key(),), countdown=3600)
    scheduled = wait_for(lambda: inspect.scheduled()[node], what='a scheduled task')
    assert result.id in [entry['request']['id'] for entry in scheduled]
    result.revoke()
    wait_for(lambda: result.id in inspect.revoked()[node], what='the revocation')


def test_a_revoked_task_does_not_run(suite, app, inspect, node):
    key = suite.key()
    result = app.tasks['suite.record'].apply_async((key,), countdown=2)
    app.control.revoke(result.id)
    with pytest.raises(TaskRevokedError):
        result.get(timeout=20)
    assert suite.lines(key) == []


@pytest.mark.parametrize('name', ['SIGTERM', 'SIGKILL'])
def test_revoke_with_terminate_kills_a_running_task(suite, app, name):
    key = suite.key()
    result = app.tasks['suite.nap'].delay(key, 60)
    suite.wait_lines(key, 1)
    app.control.revoke(result.id, terminate=True, signal=name)
    with pytest.raises(TaskRevokedError):
        result.get(timeout=20)
    assert app.tasks['suite.add'].delay(1, 1).get(timeout=20) == 2
    assert [line[0] for line in suite.lines(key)] == ['start']


def test_add_consumer_and_cancel_consumer_work_at_run_time(suite, app, node):
    name = f'{suite.prefix}.side'
    (reply,) = app.control.add_consumer(
        name, exchange=name, routing_key=name, destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    side = suite.app('side')
    assert side.tasks['suite.add'].delay(20, 1).get(timeout=20) == 21
    assert suite.declared(name).consumer_count == 1

    (reply,) = app.control.cancel_consumer(name, destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    wait_for(lambda: suite.declared(name).consumer_count == 0, what='no consumer')
    key = suite.key()
    side.tasks['suite.record'].delay(key)
    wait_for(lambda: suite.declared(name).message_count == 1, what='the waiting task')
    assert suite.lines(key) == []
    app.control.add_consumer(name, exchange=name, routing_key=name, destination=[node])
    suite.wait_lines(key, 1)
    app.control.cancel_consumer(name, destination=[node], reply=True, timeout=10)


def test_the_pool_grows_and_shrinks_and_the_prefetch_with_it(app, inspect, node):
    before = inspect.stats()[node]['prefetch_count']
    (reply,) = app.control.pool_grow(1, destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    assert inspect.stats()[node]['prefetch_count'] == before + 4
    # The new process is forked at the pool's next round of maintenance.
    wait_for(lambda: len(inspect.stats()[node]['pool']['processes']) == 3, what='3 processes')
    (reply,) = app.control.pool_shrink(1, destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    assert app.tasks['suite.add'].delay(1, 2).get(timeout=20) == 3
    assert inspect.stats()[node]['prefetch_count'] == before


def test_autoscale_grows_the_pool_and_its_prefetch_under_load(suite, worker):
    worker('autoscale', '-P', 'prefork', '--autoscale', '3,1', name='autoscale')
    app, node = suite.app('autoscale'), suite.node('autoscale')
    keys = [suite.key() for _ in range(6)]
    for key in keys:
        app.tasks['suite.nap'].delay(key, 2)
    # Three at once need three processes, and a prefetch that the broker raised for each.
    for key in keys[:3]:
        suite.wait_lines(key, 1)
    inspect = app.control.inspect([node], timeout=10)
    wait_for(lambda: len(inspect.active()[node]) == 3, what='three running tasks')
    assert inspect.stats()[node]['prefetch_count'] >= 3
    for key in keys:
        suite.wait_lines(key, 2)


def test_rate_limit_is_set_at_run_time(suite, app, node):
    def spread():
        key = suite.key()
        for _ in range(4):
            app.tasks['suite.unlimited'].delay(key)
        times = [float(line[-1]) for line in suite.wait_lines(key, 4)]
        return times[-1] - times[0]

    (reply,) = app.control.rate_limit(
        'suite.unlimited', '2/s', destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    assert spread() >= 1
    app.control.rate_limit('suite.unlimited', '0', destination=[node], reply=True, timeout=10)
    assert spread() < 1


def test_time_limit_is_set_at_run_time(app, inspect, node):
    def limit():
        lines = inspect.registered('time_limit')[node]
        return next(line for line in lines if line.startswith('suite.nap'))

    (reply,) = app.control.time_limit(
        'suite.nap', hard=50, destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    assert '50' in limit()
    app.control.time_limit('suite.nap', hard=None, destination=[node], reply=True, timeout=10)
    assert '50' not in limit()


def test_broadcast_reaches_every_worker_and_collects_replies(suite, app, worker, node):
    other = worker('side', '-P', 'solo', name='other', neighbourly=True)
    nodes = {node, suite.node('other')}
    replies = app.control.broadcast('ping', reply=True, timeout=2)
    assert nodes <= {name for reply in replies for name in reply}
    pattern = app.control.broadcast(
        'ping', reply=True, timeout=2, pattern=f'oth*@{suite.prefix}', matcher='glob')
    assert [list(reply) for reply in pattern] == [[suite.node('other')]]
    assert 'mingle: sync with 1 nodes' in other.output()
    assert other.stop() == 0
    wait_for(lambda: suite.node('other') not in {
        name for reply in app.control.ping(timeout=1) for name in reply}, what='its absence')


def test_shutdown_by_remote_control_ends_the_worker(suite, app, worker):
    process = worker('side', '-P', 'solo', name='leaving')
    app.control.shutdown(destination=[suite.node('leaving')])
    assert process.popen.wait(20) == 0


class Observer:
    """An `app.events.Receiver` in a thread, its events in a list."""

    def __init__(self, app):
        self.events = []
        self.state = app.events.State()
        self._connection = app.connection_for_read()
        self._receiver = app.events.Receiver(self._connection, handlers={'*': self._seen})
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        self._receiver.capture(limit=None, timeout=None, wakeup=True)

    def _seen(self, event):
        self.state.event(event)
        self.events.append(event)

    def types(self, task_id):
        return [event['type'] for event in self.events if event.get('uuid') == task_id]

    def heard(self, type_, **fields):
        return any(event['type'] == type_ and fields.items() <= event.items()
                   for event in list(self.events))

    def close(self):
        self._receiver.should_stop = True
        self._thread.join(10)
        self._connection.release()


@pytest.fixture
def observer(suite, app):
    # An application of its own: the receiver's connection lives in another thread.
    observer = Observer(suite.app())
    wait_for(lambda: observer.heard('worker-heartbeat'), what='a heartbeat')
    yield observer
    observer.close()


def test_events_tell_the_life_of_a_task(app, observer, node):
    result = app.tasks['suite.add'].delay(1, 1)
    failed = app.tasks['suite.fail'].delay('broken')
    result.get(timeout=20)
    wait_for(lambda: 'task-succeeded' in observer.types(result.id), what='task-succeeded')
    wait_for(lambda: 'task-failed' in observer.types(failed.id), what='task-failed')
    assert set(observer.types(result.id)) == {
        'task-sent', 'task-received', 'task-started', 'task-succeeded'}
    assert set(observer.types(failed.id)) == {
        'task-sent', 'task-received', 'task-started', 'task-failed'}
    assert observer.state.tasks[result.id].state == 'SUCCESS'
    assert observer.state.tasks[result.id].worker.hostname == node
    assert observer.state.workers[node].alive


def test_events_tell_retries_and_revocations(suite, app, observer):
    retried = app.tasks['suite.flaky'].delay(suite.key(), 1)
    revoked = app.tasks['suite.record'].apply_async((suite.key(),), countdown=1)
    revoked.revoke()
    retried.get(timeout=20)
    wait_for(lambda: 'task-retried' in observer.types(retried.id), what='task-retried')
    wait_for(lambda: 'task-revoked' in observer.types(revoked.id), what='task-revoked')


def test_events_tell_workers_coming_and_going(suite, worker, observer):
    process = worker('side', '-P', 'solo', '-E', name='visitor')
    wait_for(lambda: observer.heard('worker-online', hostname=suite.node('visitor')),
             what='worker-online')
    process.stop()
    wait_for(lambda: observer.heard('worker-offline', hostname=suite.node('visitor')),
             what='worker-offline')


def test_events_are_switched_on_and_off_at_run_time(suite, app, worker, observer):
    """A worker without -E sends its own events only, until it is told otherwise."""
    process = worker('side', '-P', 'solo', name='discreet', neighbourly=True)
    node, side = suite.node('discreet'), suite.app('side')

    def life():
        result = side.tasks['suite.add'].delay(1, 1)
        result.get(timeout=20)
        return result.id

    quiet = life()
    (reply,) = app.control.enable_events(destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    loud = life()
    wait_for(lambda: 'task-succeeded' in observer.types(loud), what='task-succeeded')
    (reply,) = app.control.disable_events(destination=[node], reply=True, timeout=10)
    assert 'ok' in reply[node]
    silent = life()
    process.stop()
    wait_for(lambda: observer.heard('worker-offline', hostname=node), what='worker-offline')
    assert observer.types(quiet) == observer.types(silent) == ['task-sent']
