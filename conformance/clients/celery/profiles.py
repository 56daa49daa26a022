"""How the suite's Celery programs are set up: one function a profile, the same for the client
in the test process and for the worker, beat and command-line processes."""

import os

from celery import Celery
from kombu import Exchange, Queue
from kombu.common import Broadcast

import tasks  # noqa: F401  registers the shared tasks


def own_queue(name, **settings):
    return {'task_default_queue': name, **settings}


def defaults(prefix):
    """Nothing set: the queue is called `celery`, as in everybody's first program."""
    return {}


def beat(prefix):
    every = {'task': 'suite.record', 'schedule': 1.0, 'args': (f'{prefix}.beat', 'tick')}
    return {'beat_schedule': {'tick': every}}


def managed(prefix):
    port = int(os.environ['SUITE_MANAGEMENT_PORT'])
    return {'broker_transport_options': {'manager_port': port}}


def side(prefix):
    return own_queue(f'{prefix}.side')


def autoscale(prefix):
    return own_queue(f'{prefix}.autoscale', worker_prefetch_multiplier=1)


def files(prefix):
    """Results in files: the backend for chords that needs no other server."""
    folder = os.path.join(os.environ['SUITE_DIR'], 'results')
    os.makedirs(folder, exist_ok=True)
    return own_queue(f'{prefix}.files', result_backend=f'file://{folder}',
                     result_chord_retry_interval=0.3)


def late(prefix):
    return own_queue(f'{prefix}.late', worker_prefetch_multiplier=1)


def restart(prefix):
    return own_queue(f'{prefix}.restart')


def shutdown(prefix):
    return own_queue(f'{prefix}.shutdown', worker_prefetch_multiplier=4)


def cut(prefix):
    return own_queue(f'{prefix}.cut', broker_transport_options={'confirm_publish': True})


def heartbeat(prefix):
    return own_queue(f'{prefix}.heartbeat', broker_heartbeat=2)


def confirm(prefix):
    return own_queue(f'{prefix}.confirm', broker_transport_options={'confirm_publish': True})


def prefetch(prefix):
    return own_queue(f'{prefix}.prefetch', worker_prefetch_multiplier=2)


def priority(prefix):
    name = f'{prefix}.priority'
    queue = Queue(name, Exchange(name), name, queue_arguments={'x-max-priority': 10})
    return own_queue(name, task_queues=[queue], worker_prefetch_multiplier=1)


def routes(prefix):
    topic, direct = Exchange(f'{prefix}.topic', 'topic'), Exchange(f'{prefix}.direct', 'direct')
    queues = [
        Queue(f'{prefix}.media', topic, routing_key='media.#'),
        Queue(f'{prefix}.feeds', topic, routing_key='feeds.*.in'),
        Queue(f'{prefix}.exact', direct, routing_key='exact'),
        Queue(f'{prefix}.routes', Exchange(f'{prefix}.routes'), routing_key=f'{prefix}.routes'),
    ]
    return own_queue(
        f'{prefix}.routes',
        task_queues=queues,
        task_routes={
            'suite.image': {'queue': f'{prefix}.media', 'routing_key': 'media.image.resize'},
            'suite.feed': {'exchange': f'{prefix}.topic', 'routing_key': 'feeds.rss.in'},
            'suite.exact': {'exchange': f'{prefix}.direct', 'routing_key': 'exact'},
        },
    )


def broadcast(prefix):
    name = f'{prefix}.everybody'
    own = Queue(f'{prefix}.broadcast', Exchange(f'{prefix}.broadcast'), f'{prefix}.broadcast')
    return own_queue(
        f'{prefix}.broadcast',
        task_queues=[own, Broadcast(name)],
        task_routes={'suite.everywhere': {'queue': name, 'exchange': name}},
    )


def dead_letters(prefix):
    arguments = {
        'x-dead-letter-exchange': f'{prefix}.dlx',
        'x-dead-letter-routing-key': 'dead',
        'x-message-ttl': 60000,
    }
    name = f'{prefix}.work'
    queue = Queue(name, Exchange(name), name, queue_arguments=arguments)
    return own_queue(name, task_queues=[queue])


def quorum(prefix):
    """Celery 5.5 and newer: quorum queues everywhere, delays kept by the broker."""
    name = f'{prefix}.quorum'
    return own_queue(
        name,
        task_default_queue_type='quorum',
        task_default_exchange=name,
        task_default_exchange_type='topic',
        task_default_routing_key=name,
    )


def make_app(profile, url, prefix):
    app = Celery(f'suite-{profile}')
    app.conf.update({
        'broker_url': url,
        'result_backend': 'rpc://',
        'broker_connection_retry_on_startup': True,
        'broker_connection_timeout': 10,
        'task_send_sent_event': True,
        'task_publish_retry_policy': {'max_retries': 10, 'interval_max': 0.5},
        'result_expires': 600,
        'worker_cancel_long_running_tasks_on_connection_loss': False,
        **globals()[profile](prefix),
    })
    return app
