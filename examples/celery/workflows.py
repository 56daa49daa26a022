"""Workflows: tasks one after another (chain), side by side (group), and what to do when one fails.

    celery -A workflows worker      and in another terminal      python3 workflows.py
"""

import os

from celery import Celery, chain, group

# Results come back as messages over rpc://, to the program that sent the tasks and to no other. For a
# chord (a task that runs when a whole group is done) workers must see results too: Redis, a database.
app = Celery('workflows', broker=os.environ.get('AMQP_URL', 'amqp://localhost'), backend='rpc://')
app.conf.task_default_queue = 'examples-celery.workflows'


@app.task
def fetch(page):
    if page == 'missing':
        raise LookupError(f'no page {page}')
    return f'<p>{page}</p>'


@app.task
def strip(html):
    return html.removeprefix('<p>').removesuffix('</p>')


@app.task
def join(one, other):
    return f'{other}: {one}'


@app.task
def report(request, error, traceback):
    print(f'{request.task} failed: {error}')


def main():
    # Each task gets the result of the one before as its first argument; `.si` would take none.
    print(chain(fetch.s('home'), strip.s(), join.s('found')).delay().get(timeout=60))

    # Results in the order of the tasks, whichever was done first.
    pages = group(chain(fetch.s(page), strip.s()) for page in ('one', 'two', 'three'))
    print(', '.join(pages.delay().get(timeout=60)))

    # The rest of a chain does not run after a failure; `on_error` does, in a worker.
    broken = chain(fetch.s('missing').on_error(report.s()), strip.s()).delay()
    try:
        broken.parent.get(timeout=60)
    except LookupError as error:
        print(f'failed: {error}')


if __name__ == '__main__':
    main()
