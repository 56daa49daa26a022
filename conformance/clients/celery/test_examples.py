"""The examples for readers, each with a worker as its first lines say."""

import os
import re
import subprocess
import sys

import pytest

from conftest import remove
from harness import HERE, Process, wait_for

EXAMPLES = os.path.abspath(os.path.join(HERE, '../../../examples/celery'))


class ExampleWorker(Process):
    """The worker of an example: a process of the harness, in another folder."""

    def __init__(self, suite, name, *arguments):
        self.name = name
        self.log = os.path.join(suite.folder, f'example-{name}.log')
        with open(self.log, 'ab') as output:
            self.popen = subprocess.Popen(
                [sys.executable, '-u', '-m', 'celery', '-A', name, 'worker', '-l', 'INFO',
                 '-n', suite.node(f'example-{name}'), '--without-gossip', '--without-mingle',
                 *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                cwd=EXAMPLES, env=environment(suite), start_new_session=True,
            )
        with open(os.path.join(suite.folder, 'pids'), 'a') as pids:
            pids.write(f'{self.popen.pid}\n')


def environment(suite):
    return {**os.environ, 'AMQP_URL': suite.url}


@pytest.fixture
def example(suite):
    """Starts the worker of an example, and its program beside it."""
    started, names = [], []

    def start(name, *arguments, queues):
        names.extend(queues)
        started.append(ExampleWorker(suite, name, *arguments))
        return started[-1]

    yield start
    for process in started:
        process.stop()
    remove(suite.url, names)


def run(suite, name):
    """Run the program of an example to its end; return its lines."""
    done = subprocess.run([sys.executable, f'{name}.py'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=EXAMPLES,
                          env=environment(suite), timeout=80, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_retries_wait_longer_each_time_and_end(suite, example):
    worker = example('retries', '-P', 'solo', queues=['examples-celery.retries'])
    assert run(suite, 'retries') == [
        'the bank answered attempt 3',
        'given up: the moon is not at home',
    ]
    retries = re.findall(r'retries\.(\w+)\[.*\] retry: Retry in (\S+)s', worker.output())
    assert [seconds for name, seconds in retries if name == 'call'] == ['1', '2']
    assert [seconds for name, seconds in retries if name == 'visit'] == ['0.1', '0.2']


def test_tasks_are_run_when_they_are_due_unless_revoked_or_expired(suite, example):
    worker = example('schedule', '-P', 'solo', queues=['examples-celery.schedule'])
    worker.wait_output(' ready.', 45)
    tea, train, *others = run(suite, 'schedule')
    assert float(re.fullmatch(r'tea after (\S+) s', tea)[1]) >= 1
    assert float(re.fullmatch(r'train after (\S+) s', train)[1]) >= 1.5
    assert others == ['bus: expired', 'dentist: revoked']


def test_chains_hand_results_on_and_groups_gather_them(suite, example):
    worker = example('workflows', '-P', 'solo', queues=['examples-celery.workflows'])
    assert run(suite, 'workflows') == [
        'found: home',
        'one, two, three',
        "failed: no page missing",
    ]
    worker.wait_output('workflows.fetch failed: ')


def test_urgent_tasks_overtake_those_that_wait(suite, example):
    queue = 'examples-celery.priorities'
    program = subprocess.Popen([sys.executable, 'priorities.py'], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, cwd=EXAMPLES, env=environment(suite),
                               text=True)
    try:
        assert program.stdout.readline() == '5 wait\n'
        assert suite.declared(queue).message_count == 5
        example('priorities', '-c', '1', '-P', 'solo', queues=[queue])
        lines, _ = program.communicate(timeout=60)
    finally:
        program.kill()
        program.wait()
    assert lines.splitlines() == [
        'heart attack', 'burst appendix', 'broken arm', 'sprained ankle', 'check-up']


def log_times(output, words):
    """When the lines with `words` were written, in seconds of the day."""
    found = re.findall(rf'^\[\S+ (\d+):(\d+):(\d+),(\d+): .*{words}', output, re.MULTILINE)
    return [int(hour) * 3600 + int(minute) * 60 + int(second) + int(ms) / 1000
            for hour, minute, second, ms in found]


def test_tasks_take_the_queue_of_their_kind_at_their_rate(suite, example):
    mail, films = 'examples-celery.mail', 'examples-celery.films'
    worker = example('routing', '-P', 'solo', '-Q', f'{mail},{films}',
                     queues=[mail, films, 'examples-celery.routing'])
    film, letters = run(suite, 'routing')
    assert film == 'trailer came by films.cut'
    assert re.fullmatch(r'4 letters came by mail\.out within \S+ s', letters)
    worker.wait_output(' succeeded in ', times=5)
    # Between the arrival of the first and the end of the last there are two pauses of 0.2 s, however
    # busy the machine is: a worker that was idle lets two pass at once.
    came = log_times(worker.output(), r'mail\.send\[\S+\] received')
    done = log_times(worker.output(), r'mail\.send\[\S+\] succeeded')
    assert (len(came), len(done)) == (4, 4)
    assert (done[-1] - came[0]) % 86400 >= 0.39


def test_tasks_that_cannot_be_done_are_set_aside(suite, example):
    work, dead = 'examples-celery.work', 'examples-celery.dead'
    example('dead_letters', '-P', 'prefork', '-c', '1', queues=[work, dead])
    assert sorted(run(suite, 'dead_letters')) == [
        'dead_letters.explode(): rejected',
        "dead_letters.parse('forty-two',): rejected",
    ]
    wait_for(lambda: suite.declared(work).message_count == 0, what='an empty queue')
    assert suite.declared(dead).message_count == 0
