"""Later, and perhaps not at all: countdown, ETA, expiry, revocation.

    celery -A schedule worker       and in another terminal       python3 schedule.py
"""

import os
from datetime import datetime, timedelta, timezone

from celery import Celery
from celery.exceptions import TaskRevokedError

app = Celery('schedule', broker=os.environ.get('AMQP_URL', 'amqp://localhost'), backend='rpc://')
app.conf.task_default_queue = 'examples-celery.schedule'


@app.task
def remind(text):
    return f'{text} at {datetime.now(timezone.utc).isoformat()}'


def main():
    # A worker fetches such a task at once and holds it until it is due, beyond its prefetch limit.
    # That is meant for seconds and minutes; what is due next month belongs into a database.
    start = datetime.now(timezone.utc)
    tea = remind.apply_async(('tea',), countdown=1)
    train = remind.apply_async(('train',), eta=start + timedelta(seconds=1.5))
    # Called off meanwhile. All workers that run now are told, and remember the id until they end; when
    # the task is due it is dropped.
    dentist = remind.apply_async(('dentist',), countdown=4)
    dentist.revoke()
    # Too late already: the worker drops it without running it.
    bus = remind.apply_async(('bus',), expires=start - timedelta(seconds=1))

    for task in (tea, train):
        text, _, moment = task.get(timeout=60).partition(' at ')
        waited = datetime.fromisoformat(moment) - start
        print(f'{text} after {int(waited.total_seconds() * 2) / 2} s')
    for name, task in (('bus', bus), ('dentist', dentist)):
        try:
            print(task.get(timeout=60))
        except TaskRevokedError as error:
            print(f'{name}: {error}')


if __name__ == '__main__':
    main()
