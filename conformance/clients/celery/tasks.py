"""The tasks that the suite's workers run. Each leaves a line in the journal, a file that the
tests read, so what a worker did is seen without asking the broker."""

import os
import signal
import time

from celery import shared_task
from celery.exceptions import Reject, SoftTimeLimitExceeded


def note(key, *words):
    """Append one line `key words… seconds` to the journal, in one write."""
    line = ' '.join(str(word) for word in (key, *words, time.time())) + '\n'
    journal = os.open(os.environ['SUITE_JOURNAL'], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(journal, line.encode())
    os.close(journal)


@shared_task(name='suite.add')
def add(x, y):
    return x + y


@shared_task(name='suite.total')
def total(numbers):
    return sum(numbers)


@shared_task(name='suite.echo')
def echo(value):
    return value


@shared_task(name='suite.fail')
def fail(text):
    raise ValueError(text)


@shared_task(name='suite.record')
def record(key, *words):
    note(key, *words)
    return key


@shared_task(name='suite.silent', ignore_result=True)
def silent(key):
    note(key, 'silent')
    return key


@shared_task(name='suite.limited', rate_limit='4/s')
def limited(key):
    note(key, 'limited')


@shared_task(name='suite.unlimited')
def unlimited(key):
    note(key, 'unlimited')


@shared_task(name='suite.nap', bind=True)
def nap(self, key, seconds):
    note(key, 'start', os.getpid())
    time.sleep(seconds)
    note(key, 'end', os.getpid())
    return key


@shared_task(name='suite.flaky', bind=True, max_retries=6)
def flaky(self, key, failures):
    note(key, 'try', self.request.retries)
    if self.request.retries < failures:
        raise self.retry(countdown=0.2 * 2**self.request.retries)
    return self.request.retries


@shared_task(
    name='suite.unsteady',
    bind=True,
    autoretry_for=(ConnectionError,),
    retry_backoff=1,
    retry_jitter=False,
    max_retries=5,
)
def unsteady(self, key, failures):
    note(key, 'try', self.request.retries)
    if self.request.retries < failures:
        raise ConnectionError('not yet')
    return self.request.retries


@shared_task(name='suite.hopeless', autoretry_for=(ConnectionError,), max_retries=2,
             default_retry_delay=0.1)
def hopeless(key):
    note(key, 'try')
    raise ConnectionError('never')


@shared_task(name='suite.soft', soft_time_limit=1)
def soft():
    try:
        time.sleep(30)
    except SoftTimeLimitExceeded:
        return 'cleaned up'


@shared_task(name='suite.hard', time_limit=1)
def hard():
    time.sleep(30)


@shared_task(name='suite.late', bind=True, acks_late=True)
def late(self, key, seconds):
    """Sleep on the first delivery only."""
    redelivered = self.request.delivery_info['redelivered']
    note(key, 'start', redelivered)
    if not redelivered:
        time.sleep(seconds)
    note(key, 'end', redelivered)


@shared_task(name='suite.lost', bind=True, acks_late=True, reject_on_worker_lost=True)
def lost(self, key):
    """Kill the pool process that runs it, the first time."""
    redelivered = self.request.delivery_info['redelivered']
    note(key, 'start', redelivered)
    if not redelivered:
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name='suite.refuse', bind=True, acks_late=True)
def refuse(self, key):
    note(key, 'refused')
    raise Reject('refused', requeue=False)


@shared_task(name='suite.again', bind=True, acks_late=True)
def again(self, key):
    redelivered = self.request.delivery_info['redelivered']
    note(key, 'start', redelivered)
    if not redelivered:
        raise Reject('again', requeue=True)


def where(self, key):
    info = self.request.delivery_info
    note(key, self.request.hostname, info['exchange'] or '-', info['routing_key'])
    return [info['exchange'], info['routing_key']]


shared_task(name='suite.where', bind=True)(where)
shared_task(name='suite.image', bind=True)(where)
shared_task(name='suite.feed', bind=True)(where)
shared_task(name='suite.exact', bind=True)(where)
shared_task(name='suite.everywhere', bind=True, ignore_result=True)(where)
