"""Routing and rates: tasks of different kinds in queues of their own, with workers for each.

    celery -A routing worker -Q examples-celery.mail,examples-celery.films
    and in another terminal    python3 routing.py

In earnest there would be a worker for each queue: slow films then never delay the mail.
"""

import os
import time

from celery import Celery
from kombu import Exchange, Queue

MAIL, FILMS = 'examples-celery.mail', 'examples-celery.films'
exchange = Exchange('examples-celery.routing', 'topic')

app = Celery('routing', broker=os.environ.get('AMQP_URL', 'amqp://localhost'), backend='rpc://')
app.conf.task_queues = [
    Queue(MAIL, exchange, routing_key='mail.#'),
    Queue(FILMS, exchange, routing_key='films.#'),
]
app.conf.task_default_queue = MAIL
# By the tasks' names: callers need not know where a task runs. The first that fits is taken.
app.conf.task_routes = {
    'mail.*': {'queue': MAIL, 'routing_key': 'mail.out'},
    'films.*': {'queue': FILMS, 'routing_key': 'films.cut'},
}


@app.task(name='films.cut', bind=True)
def cut(self, film):
    return f'{film} came by {self.request.delivery_info["routing_key"]}'


# At most so many a second in each worker; the rest waits in the worker, not in the queue. A limit for
# all workers together needs a single worker for that queue.
@app.task(name='mail.send', bind=True, rate_limit='5/s')
def send(self, to):
    return self.request.delivery_info['routing_key'], time.time()


def main():
    film = cut.delay('trailer')
    letters = [send.delay(f'reader {number}') for number in range(4)]
    print(film.get(timeout=60))
    sent = [letter.get(timeout=60) for letter in letters]
    times = [moment for _, moment in sent]
    print(f'{len(sent)} letters came by {sent[0][0]} within {max(times) - min(times):.1f} s')


if __name__ == '__main__':
    main()
