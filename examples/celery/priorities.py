"""Priorities: urgent tasks overtake those that wait.

    python3 priorities.py           and in another terminal     celery -A priorities worker -c 1
"""

import os

from celery import Celery
from celery.result import ResultSet
from kombu import Exchange, Queue

NAME = 'examples-celery.priorities'

app = Celery('priorities', broker=os.environ.get('AMQP_URL', 'amqp://localhost'), backend='rpc://')
app.conf.task_default_queue = NAME
app.conf.task_queues = [Queue(NAME, Exchange(NAME), NAME, max_priority=9)]
# Only what waits in the queue can be overtaken. So a worker fetches no more than it is working on: one
# message a process, acknowledged when the task is done.
app.conf.worker_prefetch_multiplier = 1
app.conf.task_acks_late = True


@app.task
def treat(patient):
    return patient


def main():
    waiting = [
        treat.apply_async((patient,), priority=priority)
        for patient, priority in (
            ('sprained ankle', 1),
            ('check-up', 0),
            ('heart attack', 9),
            ('broken arm', 3),
            ('burst appendix', 9),
        )
    ]
    print(f'{len(waiting)} wait', flush=True)
    # As they come in, not in the order in which they were asked for.
    for _, meta in ResultSet(waiting).iter_native(timeout=60):
        print(meta['result'])


if __name__ == '__main__':
    main()
