"""The `celery` command line, as an operator uses it."""

import json
import re

import pytest

from harness import wait_for


def test_status_lists_the_worker(suite, main):
    output = suite.command('status', '--timeout', '5')
    assert re.search(rf'{re.escape(suite.node("main"))}:\s*(\x1b\[\S+)?OK', output)
    assert re.search(r'[1-9]\d* nodes? online', output)


def test_inspect_ping_answers_in_json(suite, main):
    node = suite.node('main')
    output = suite.command('-q', 'inspect', '--json', '-d', node, '-t', '10', 'ping')
    line = next(line for line in output.splitlines() if line.startswith('{'))
    assert json.loads(line)[node] == {'ok': 'pong'}


@pytest.mark.parametrize('command, expected', [
    ('active', 'empty'), ('registered', 'suite.add'), ('stats', 'prefetch_count'),
    ('active_queues', 'celery'),
])
def test_inspect_prints(suite, main, command, expected):
    output = suite.command('inspect', '-d', suite.node('main'), '-t', '10', command)
    assert expected in output


def test_control_sets_a_rate_limit(suite, main):
    output = suite.command(
        'control', '-d', suite.node('main'), '-t', '10', 'rate_limit', 'suite.echo', '100/s')
    assert 'new rate limit set successfully' in output


def test_call_sends_a_task_by_name(suite, main):
    key = suite.key()
    output = suite.command('call', 'suite.record', '-a', json.dumps([key, 'called']))
    assert re.search(r'[0-9a-f-]{36}', output)
    assert suite.wait_lines(key, 1)[0][0] == 'called'


def test_result_prints_what_a_task_returned(suite, worker):
    worker('files', '-P', 'solo')
    result = suite.app('files').tasks['suite.add'].delay(40, 2)
    result.get(timeout=20)
    assert '42' in suite.command('result', result.id, profile='files')


def test_purge_empties_the_queue(suite):
    app = suite.app('restart')
    for _ in range(3):
        app.tasks['suite.silent'].delay('x')
    output = suite.command('purge', '-f', profile='restart')
    assert 'Purged 3 messages' in output
    assert suite.declared(f'{suite.prefix}.restart').message_count == 0


def test_amqp_commands_declare_publish_get_and_delete(suite):
    name = f'{suite.prefix}.shell'
    suite.command('amqp', 'exchange.declare', name, 'direct')
    assert 'queue' in suite.command('amqp', 'queue.declare', name)
    suite.command('amqp', 'queue.bind', name, name, 'key')
    suite.command('amqp', 'basic.publish', 'hello shell', name, 'key')
    wait_for(lambda: suite.declared(name).message_count == 1, what='the message')
    assert 'hello shell' in suite.command('amqp', 'basic.get', name)
    suite.command('amqp', 'basic.publish', 'again', name, 'key')
    wait_for(lambda: suite.declared(name).message_count >= 1, what='the message')
    suite.command('amqp', 'queue.purge', name)
    suite.command('amqp', 'queue.delete', name)
    suite.command('amqp', 'exchange.delete', name, 'no')
    assert suite.declared(name) is None


def test_events_dump_prints_the_stream(suite, app):
    dump = suite.spawn('dump', 'defaults', 'events', '--dump')
    dump.wait_output('] heartbeat: ', 30)
    app.tasks['suite.add'].delay(1, 1).get(timeout=20)
    dump.wait_output('task succeeded', 20)
    dump.stop()
