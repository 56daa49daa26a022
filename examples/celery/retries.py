"""Retries: a task that failed is tried again, each time after a longer wait, and given up at last.

    celery -A retries worker        and in another terminal        python3 retries.py
"""

import os

from celery import Celery

app = Celery('retries', broker=os.environ.get('AMQP_URL', 'amqp://localhost'), backend='rpc://')
app.conf.task_default_queue = 'examples-celery.retries'


@app.task(
    bind=True,
    # What may pass by itself. An error of another kind fails at once: it would only come again.
    autoretry_for=(ConnectionError,),
    retry_backoff=True,  # 1, 2, 4 … seconds
    retry_backoff_max=60,
    # Switch it on (as it is by default) where many tasks fail at the same time, or all of them come
    # back at the same time as well.
    retry_jitter=False,
    max_retries=5,
    # Not before the work is done: a worker that dies hands the task back.
    acks_late=True,
)
def call(self, name, attempts_needed):
    attempt = self.request.retries + 1
    if attempt < attempts_needed:
        raise ConnectionError(f'{name} does not answer')
    return f'{name} answered attempt {attempt}'


@app.task(bind=True, max_retries=2)
def visit(self, name):
    """Retries told by the task itself, with a wait of its own choice."""
    try:
        raise TimeoutError(f'{name} is not at home')
    except TimeoutError as error:
        # Raises: the task ends here, as RETRY, or with `error` when there are no retries left.
        raise self.retry(exc=error, countdown=0.1 * 2**self.request.retries)


def main():
    bank = call.delay('the bank', 3)
    moon = visit.delay('the moon')
    print(bank.get(timeout=60))
    try:
        moon.get(timeout=60)
    except TimeoutError as error:
        print(f'given up: {error}')


if __name__ == '__main__':
    main()
