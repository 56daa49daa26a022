"""Tasks and their results over rpc://, on a prefork worker."""

import time
from datetime import datetime, timedelta, timezone

import pytest
from celery import chain, chord, group
from celery.exceptions import TaskRevokedError, TimeLimitExceeded

from harness import wait_for


def test_the_result_of_a_task_comes_back(app):
    assert app.tasks['suite.add'].delay(2, 3).get(timeout=20) == 5


def test_the_exception_of_a_task_comes_back(app):
    with pytest.raises(ValueError, match='no good'):
        app.tasks['suite.fail'].delay('no good').get(timeout=20)


def test_the_state_of_a_task_is_polled_with_basic_get(suite, main):
    result = suite.app().tasks['suite.add'].delay(1, 1)
    wait_for(lambda: result.state == 'SUCCESS', what='state SUCCESS')
    assert result.result == 2


def test_arguments_of_every_json_type_arrive_unchanged(app):
    value = {'text': 'Gr\u00fc\u00dfe \u2603 \U0001f407', 'list': [1, -2, 3.5, None, True, []],
             'table': {'a': {'b': {}}}, 'large': 2**62, 'empty': ''}
    assert app.tasks['suite.echo'].delay(value).get(timeout=20) == value


@pytest.mark.parametrize('compression', ['zlib', 'bzip2'])
def test_a_compressed_task_is_understood(app, compression):
    task = app.tasks['suite.echo'].apply_async(('word ' * 5000,), compression=compression)
    assert task.get(timeout=20) == 'word ' * 5000


@pytest.mark.parametrize('megabytes', [1, 6])
def test_a_large_argument_and_a_large_result_pass(app, megabytes):
    text = ''.join(chr(97 + i % 26) for i in range(1024)) * (1024 * megabytes)
    assert app.tasks['suite.echo'].delay(text).get(timeout=40) == text


def test_two_thousand_quick_tasks_all_bring_their_results(app):
    task = app.tasks['suite.add']
    results = [task.delay(number, 1) for number in range(2000)]
    assert [result.get(timeout=60) for result in results] == list(range(1, 2001))


def test_a_task_with_ignore_result_leaves_no_message_in_the_reply_queue(suite, app):
    key = suite.key()
    result = app.tasks['suite.silent'].delay(key)
    suite.wait_lines(key, 1)
    time.sleep(0.5)
    assert result.state == 'PENDING'
    reply_queue = suite.declared(app.thread_oid)
    assert reply_queue is None or reply_queue.message_count == 0


def test_retries_wait_twice_as_long_each_time(suite, app):
    key = suite.key()
    assert app.tasks['suite.flaky'].delay(key, 3).get(timeout=30) == 3
    lines = suite.lines(key)
    assert [line[1] for line in lines] == ['0', '1', '2', '3']
    times = [float(line[-1]) for line in lines]
    for number, least in enumerate((0.2, 0.4, 0.8)):
        assert times[number + 1] - times[number] >= least


def test_autoretry_backs_off_exponentially(suite, app):
    key = suite.key()
    assert app.tasks['suite.unsteady'].delay(key, 2).get(timeout=30) == 2
    times = [float(line[-1]) for line in suite.lines(key)]
    assert len(times) == 3
    assert times[1] - times[0] >= 1
    assert times[2] - times[1] >= 2


def test_a_task_out_of_retries_fails_with_its_own_error(suite, app):
    key = suite.key()
    with pytest.raises(ConnectionError, match='never'):
        app.tasks['suite.hopeless'].delay(key).get(timeout=30)
    assert len(suite.lines(key)) == 3


def test_a_countdown_holds_a_task_back(suite, app):
    key, sent = suite.key(), time.time()
    app.tasks['suite.record'].apply_async((key,), countdown=1.5).get(timeout=20)
    assert float(suite.lines(key)[0][-1]) - sent >= 1.5


def test_an_eta_holds_a_task_back(suite, app):
    key = suite.key()
    eta = datetime.now(timezone.utc) + timedelta(seconds=1.5)
    app.tasks['suite.record'].apply_async((key,), eta=eta).get(timeout=20)
    assert float(suite.lines(key)[0][-1]) >= eta.timestamp()


def test_an_expired_task_is_revoked_not_run(suite, app):
    key = suite.key()
    expires = datetime.now(timezone.utc) - timedelta(seconds=5)
    result = app.tasks['suite.record'].apply_async((key,), expires=expires)
    with pytest.raises(TaskRevokedError):
        result.get(timeout=20)
    assert suite.lines(key) == []


def test_a_task_that_expires_before_its_eta_is_not_run(suite, app):
    key = suite.key()
    result = app.tasks['suite.record'].apply_async((key,), countdown=2, expires=1)
    with pytest.raises(TaskRevokedError):
        result.get(timeout=20)
    assert suite.lines(key) == []


def test_a_group_runs_all_its_tasks(app):
    add = app.tasks['suite.add']
    assert group(add.s(n, n) for n in range(20)).apply_async().get(timeout=30) == [
        2 * n for n in range(20)]


def test_a_chain_hands_each_result_on(app):
    add = app.tasks['suite.add']
    assert chain(add.s(1, 2), add.s(3), add.s(4)).apply_async().get(timeout=30) == 10


def test_chunks_and_starmap_split_the_work(app):
    add = app.tasks['suite.add']
    chunks = add.chunks(zip(range(10), range(10)), 3).apply_async().get(timeout=30)
    assert [n for chunk in chunks for n in chunk] == [2 * n for n in range(10)]
    assert add.starmap([(1, 1), (2, 2)]).apply_async().get(timeout=30) == [2, 4]


def test_links_and_error_links_are_called(suite, app):
    good, bad = suite.key(), suite.key()
    record = app.tasks['suite.record']
    app.tasks['suite.add'].apply_async((1, 1), link=record.si(good, 'linked'))
    app.tasks['suite.fail'].apply_async(('x',), link_error=record.si(bad, 'error'))
    assert suite.wait_lines(good, 1)[0][0] == 'linked'
    assert suite.wait_lines(bad, 1)[0][0] == 'error'


def test_rpc_refuses_chords(app):
    add = app.tasks['suite.add']
    with pytest.raises(NotImplementedError):
        chord([add.s(1, 1), add.s(2, 2)], app.tasks['suite.total'].s()).apply_async()


def test_a_soft_time_limit_lets_the_task_clean_up(app):
    assert app.tasks['suite.soft'].delay().get(timeout=20) == 'cleaned up'


def test_a_hard_time_limit_kills_the_task_and_the_worker_goes_on(app):
    with pytest.raises(TimeLimitExceeded):
        app.tasks['suite.hard'].delay().get(timeout=20)
    assert app.tasks['suite.add'].delay(1, 1).get(timeout=20) == 2


def test_a_rate_limit_spreads_the_tasks(suite, app):
    key = suite.key()
    for _ in range(5):
        app.tasks['suite.limited'].delay(key)
    times = [float(line[-1]) for line in suite.wait_lines(key, 5)]
    assert times[-1] - times[0] >= 0.7


def test_a_task_is_rejected_and_requeued(suite, app):
    key = suite.key()
    app.tasks['suite.again'].delay(key)
    assert [line[1] for line in suite.wait_lines(key, 2)] == ['False', 'True']
