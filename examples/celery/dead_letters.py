"""Dead letters: tasks that cannot be done, or that kill their worker, are set aside to be looked at.

    celery -A dead_letters worker   and in another terminal   python3 dead_letters.py
"""

import os
import signal
import time

from celery import Celery
from celery.exceptions import Reject
from kombu import Exchange, Queue

WORK, DEAD = 'examples-celery.work', 'examples-celery.dead'
dead = Queue(DEAD, Exchange(DEAD, 'fanout'))
work = Queue(WORK, Exchange(WORK), WORK, queue_arguments={'x-dead-letter-exchange': DEAD})

app = Celery('dead_letters', broker=os.environ.get('AMQP_URL', 'amqp://localhost'))
app.conf.task_default_queue = WORK
app.conf.task_queues = [work]
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 1
# Acknowledged when it is done, and not when a worker begins: what a crash interrupts comes again.
app.conf.task_acks_late = True
# Celery takes it for done, too, when the process that ran it dies. Not with this.
app.conf.task_reject_on_worker_lost = True


@app.task(bind=True)
def parse(self, text):
    try:
        return int(text)
    except ValueError as error:
        # Rejected without requeue, the broker dead-letters it. An exception alone would count as done.
        raise Reject(error, requeue=False)


@app.task(bind=True)
def explode(self):
    # It comes again after each crash, and would for ever: who has met it before sets it aside.
    if self.request.delivery_info['redelivered']:
        raise Reject('it kills workers', requeue=False)
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        # Where dead letters go must be there before the first dies.
        dead(channel).declare()
        parse.delay('42')
        parse.delay('forty-two')
        explode.delay()
        for _ in range(2):
            message = take(dead(channel))
            death = message.headers['x-death'][0]
            print(f'{message.headers["task"]}{message.headers["argsrepr"]}: {death["reason"]}')
            message.ack()


def take(queue, seconds=60):
    """The next message of a queue, as soon as there is one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        message = queue.get()
        if message is not None:
            return message
        time.sleep(0.1)
    raise TimeoutError(f'nothing came to {queue.name}')


if __name__ == '__main__':
    main()
