"""kombu and py-amqp used directly, as programs beside Celery do."""

import queue as stdlib_queue
import socket
import time

import amqp
import pytest
from amqp.exceptions import MessageNacked
from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.mixins import ConsumerProducerMixin

from harness import wait_for


@pytest.fixture
def name(suite):
    return f'{suite.prefix}.kombu.{suite.key()[:8]}'


def drain(connection, received, count, seconds=10):
    deadline = time.monotonic() + seconds
    while len(received) < count and time.monotonic() < deadline:
        try:
            connection.drain_events(timeout=0.5)
        except socket.timeout:
            pass
    return received


def test_the_server_says_what_celery_decides_by(connection):
    properties = connection.connect().server_properties
    assert properties['product'] == 'RabbitMQ'
    version = tuple(int(part) for part in properties['version'].split('.'))
    # From 4.0 on kombu no longer changes the prefetch of running consumers.
    assert (3, 3) <= version < (4, 0)
    assert not connection.qos_semantics_matches_spec
    assert {'publisher_confirms', 'consumer_cancel_notify', 'basic.nack', 'connection.blocked',
            'authentication_failure_close', 'exchange_exchange_bindings', 'consumer_priorities',
            'per_consumer_qos', 'direct_reply_to'} <= {
                capability for capability, on in properties['capabilities'].items() if on}


@pytest.mark.parametrize('method', ['PLAIN', 'AMQPLAIN'])
def test_login(suite, method):
    with Connection(suite.url, login_method=method) as connection:
        assert connection.connect().connected


def test_a_wrong_password_is_refused(suite):
    with Connection(suite.url).clone(password='wrong') as connection:
        with pytest.raises(amqp.AccessRefused) as refusal:
            connection.connect()
    assert refusal.value.reply_code == 403


def test_an_unknown_virtual_host_is_refused(suite):
    with Connection(suite.url).clone(virtual_host='nowhere') as connection:
        with pytest.raises(amqp.NotAllowed) as refusal:
            connection.connect()
    assert refusal.value.reply_code == 530
    assert 'nowhere' in refusal.value.reply_text


def test_a_connection_fails_over_to_the_next_address(suite):
    with socket.create_server(('127.0.0.1', 0)) as listener:
        dead = listener.getsockname()[1]
    with Connection(f'amqp://guest:guest@127.0.0.1:{dead}//;{suite.url}') as connection:
        connection.ensure_connection(max_retries=3, interval_start=0.1, interval_step=0)
        assert connection.connected


def test_a_simple_queue_puts_and_gets(connection, channel, name):
    queue = connection.SimpleQueue(name)
    queue.put({'hello': 'world'}, serializer='json')
    queue.put([1, 2, 3], compression='zlib')
    wait_for(lambda: queue.qsize() == 2, what='two messages')
    first = queue.get(timeout=5)
    assert first.payload == {'hello': 'world'}
    first.ack()
    second = queue.get(timeout=5)
    assert second.payload == [1, 2, 3]
    second.requeue()
    second = queue.get(timeout=5)
    assert second.delivery_info['redelivered'] is True
    second.ack()
    with pytest.raises(stdlib_queue.Empty):
        queue.get(timeout=0.3)
    with pytest.raises(stdlib_queue.Empty):
        queue.get_nowait()
    assert queue.clear() == 0
    queue.close()
    channel.queue_delete(name)
    channel.exchange_delete(name)


def test_a_simple_buffer_disappears_with_its_consumer(suite, connection, name):
    buffer = connection.SimpleBuffer(name)
    for number in range(5):
        buffer.put(number)
    assert [buffer.get(timeout=5).payload for _ in range(5)] == list(range(5))
    buffer.close()
    assert suite.declared(name) is None


def test_producer_and_consumer_exchange_messages_in_order(connection, name):
    queue = Queue(name, Exchange(name, 'direct', durable=False, auto_delete=True), 'key',
                  durable=False, auto_delete=True)
    received = []
    with connection.channel() as channel:
        with Consumer(channel, [queue], accept=['json'],
                      callbacks=[lambda body, message: (received.append(body), message.ack())]):
            producer = Producer(channel, queue.exchange, 'key', serializer='json')
            for number in range(500):
                producer.publish({'n': number})
            drain(connection, received, 500, 20)
    assert [body['n'] for body in received] == list(range(500))


def test_properties_and_headers_come_back_unchanged(connection, name):
    headers = {'text': 'h\u00e9', 'int': 7, 'negative': -7, 'long': 2**40, 'float': 1.5,
               'yes': True, 'no': False, 'none': None, 'list': [1, 'a', [True]],
               'table': {'deep': {'deeper': 'x'}}}
    with connection.channel() as channel:
        queue = Queue(name, durable=False, auto_delete=True)(channel)
        queue.declare()
        Producer(channel).publish(
            b'\x00\xff raw', routing_key=name, content_type='application/octet-stream',
            content_encoding='binary', headers=headers, priority=3, correlation_id='c-1',
            reply_to='back', message_id='m-1', type='kind', app_id='app', timestamp=1700000000,
            delivery_mode=1, expiration=60)
        message = queue.get(no_ack=True)
        queue.delete()
    assert message.body in (b'\x00\xff raw', memoryview(b'\x00\xff raw'))
    assert message.headers == headers
    properties = message.properties
    assert {key: properties[key] for key in (
        'priority', 'correlation_id', 'reply_to', 'message_id', 'type', 'app_id', 'timestamp',
        'delivery_mode', 'expiration')} == {
            'priority': 3, 'correlation_id': 'c-1', 'reply_to': 'back', 'message_id': 'm-1',
            'type': 'kind', 'app_id': 'app', 'timestamp': 1700000000, 'delivery_mode': 1,
            'expiration': '60000'}


def test_a_mandatory_message_without_a_queue_is_returned(connection, name):
    returned = []
    with connection.channel() as channel:
        Exchange(name, 'direct', durable=False, auto_delete=True)(channel).declare()
        producer = Producer(channel, on_return=lambda *args: returned.append(args))
        producer.publish('lost', exchange=name, routing_key='nobody', mandatory=True)
        drain(connection, returned, 1)
        channel.exchange_delete(name)
    error, exchange, routing_key, message = returned[0]
    assert (error.reply_code, error.reply_text) == (312, 'NO_ROUTE')
    assert (exchange, routing_key, message.body) == (name, 'nobody', 'lost')


def test_a_return_comes_before_the_confirm(suite, name):
    order = []
    with Connection(suite.url, transport_options={'confirm_publish': True}) as connection:
        with connection.channel() as channel:
            Exchange(name, 'direct', durable=False)(channel).declare()
            channel.events['basic_return'].add(lambda *args: order.append('return'))
            channel.events['basic_ack'].add(lambda tag, multiple: order.append('ack'))
            Producer(channel).publish('x', exchange=name, routing_key='nobody', mandatory=True)
            channel.exchange_delete(name)
    assert order == ['return', 'ack']


def test_a_confirmed_publish_to_a_full_queue_is_nacked(suite, name):
    with Connection(suite.url, transport_options={'confirm_publish': True}) as connection:
        with connection.channel() as channel:
            Queue(name, durable=False, auto_delete=True, max_length=1,
                  queue_arguments={'x-overflow': 'reject-publish'})(channel).declare()
            Producer(channel).publish('fits', routing_key=name)
            with pytest.raises(MessageNacked):
                Producer(channel).publish('does not', routing_key=name)
            channel.queue_delete(name)


def test_publishing_to_an_unknown_exchange_closes_only_the_channel(connection, name):
    channel = connection.channel()
    Producer(channel).publish('x', exchange=name, routing_key='x')
    with pytest.raises(amqp.NotFound) as error:
        channel.queue_declare(queue='', exclusive=True)
    assert error.value.reply_code == 404
    assert error.value.reply_text.startswith(f"NOT_FOUND - no exchange '{name}' in vhost")
    assert connection.channel().is_open


def test_a_passive_declare_counts_or_fails_with_404(connection, name):
    channel = connection.channel()
    Queue(name, durable=False, auto_delete=True)(channel).declare()
    Producer(channel).publish('x', routing_key=name)
    wait_for(lambda: channel.queue_declare(name, passive=True).message_count == 1,
             what='the message')
    channel.queue_delete(name)
    with pytest.raises(amqp.NotFound) as error:
        channel.queue_declare(name, passive=True)
    assert error.value.reply_text.startswith(f"NOT_FOUND - no queue '{name}' in vhost")


def test_declaring_a_queue_differently_fails_with_406(connection, name):
    channel = connection.channel()
    Queue(name, durable=False, auto_delete=True, message_ttl=5)(channel).declare()
    with pytest.raises(amqp.PreconditionFailed) as error:
        Queue(name, durable=False, auto_delete=True, message_ttl=6)(channel).declare()
    assert 'x-message-ttl' in error.value.reply_text
    connection.channel().queue_delete(name)


def test_an_exclusive_queue_is_locked_to_its_connection(suite, connection, name):
    Queue(name, durable=False, exclusive=True)(connection.channel()).declare()
    with Connection(suite.url) as other:
        with pytest.raises(amqp.ResourceLocked) as error:
            other.channel().queue_declare(name, passive=True)
        assert error.value.reply_code == 405
    connection.release()
    assert suite.declared(name) is None


def test_an_exclusive_queue_is_free_at_once_when_its_connection_died(suite, proxy, name):
    lost = Connection(suite.url_through(proxy))
    queue = Queue(name, durable=False, exclusive=True)
    queue(lost.channel()).declare()
    proxy.cut()

    def declare():
        with Connection(suite.url) as fresh:
            try:
                queue(fresh.channel()).declare()
                return True
            except amqp.ResourceLocked:
                return False

    wait_for(declare, 2, 'the name to be free')
    lost.collect()


def test_a_consumer_is_told_when_its_queue_is_deleted(connection, name):
    cancelled = []
    channel = connection.channel()
    queue = Queue(name, durable=False, auto_delete=True)(channel)
    queue.declare()
    channel.basic_consume(name, 'tag', callback=print, on_cancel=cancelled.append)
    connection.channel().queue_delete(name)
    drain(connection, cancelled, 1)
    assert cancelled == ['tag']


def test_recover_redelivers_what_is_not_acknowledged(connection, name):
    received = []
    with connection.channel() as channel:
        queue = Queue(name, durable=False, auto_delete=True)
        consumer = Consumer(channel, [queue], on_message=received.append)
        consumer.consume()
        for number in range(3):
            Producer(channel).publish(number, routing_key=name, serializer='json')
        drain(connection, received, 3)
        consumer.recover(requeue=True)
        drain(connection, received, 6)
        received[-1].ack(multiple=True)
        consumer.cancel()
    assert [message.payload for message in received] == [0, 1, 2, 0, 1, 2]
    redelivered = [message.delivery_info['redelivered'] for message in received]
    assert redelivered == [False] * 3 + [True] * 3


def test_the_prefetch_limits_and_lifts_a_running_consumer(connection, name):
    received = []
    with connection.channel() as channel:
        queue = Queue(name, durable=False, auto_delete=True)
        consumer = Consumer(channel, [queue], on_message=received.append)
        consumer.qos(prefetch_count=3, apply_global=True)
        consumer.consume()
        for number in range(10):
            Producer(channel).publish(number, routing_key=name, serializer='json')
        drain(connection, received, 4, 1)
        assert len(received) == 3
        consumer.qos(prefetch_count=7, apply_global=True)
        drain(connection, received, 8, 1)
        assert len(received) == 7
        consumer.qos(prefetch_count=2, apply_global=True)
        received[1].ack(multiple=True)
        drain(connection, received, 8, 1)
        assert len(received) == 7
        consumer.qos(prefetch_count=0, apply_global=True)
        drain(connection, received, 10)
        assert [message.payload for message in received] == list(range(10))
        received[-1].ack(multiple=True)
        consumer.cancel()


def test_a_transient_shared_queue_may_be_declared(suite, connection, name):
    queue = Queue(name, durable=False, exclusive=False, auto_delete=True, expires=10,
                  message_ttl=300)(connection.channel())
    assert queue.declare() == name
    with Connection(suite.url) as other:
        assert queue.bind(other.channel()).declare() == name
    queue.delete()


def test_an_unused_queue_expires(suite, connection, name):
    Queue(name, durable=False, expires=1)(connection.channel()).declare()
    assert suite.declared(name) is not None
    time.sleep(2.5)
    assert suite.declared(name) is None


def test_exchanges_of_every_type_route(connection, name):
    with connection.channel() as channel:
        def routed(kind, bindings, publish):
            exchange = Exchange(f'{name}.{kind}', kind, durable=False)(channel)
            exchange.declare()
            got = {}
            for label, (key, arguments) in bindings.items():
                queue = Queue(f'{name}.{kind}.{label}', exchange, key, durable=False,
                              exclusive=True, binding_arguments=arguments)(channel)
                queue.declare()
                got[label] = queue
            for key, headers in publish:
                Producer(channel, exchange).publish('x', routing_key=key, headers=headers)
            counts = {label: queue.queue_declare(passive=True) and channel.queue_declare(
                queue.name, passive=True).message_count for label, queue in got.items()}
            for queue in got.values():
                queue.delete()
            exchange.delete()
            return counts

        assert routed('direct', {'a': ('a', None), 'b': ('b', None)},
                      [('a', None), ('a', None), ('c', None)]) == {'a': 2, 'b': 0}
        assert routed('fanout', {'a': ('', None), 'b': ('zz', None)},
                      [('any', None)]) == {'a': 1, 'b': 1}
        assert routed('topic', {'star': ('a.*', None), 'hash': ('a.#', None), 'all': ('#', None)},
                      [('a', None), ('a.b', None), ('a.b.c', None), ('x', None)]) == {
                          'star': 1, 'hash': 3, 'all': 4}
        assert routed('headers', {
            'all': ('', {'x-match': 'all', 'a': 1, 'b': 'z'}),
            'any': ('', {'x-match': 'any', 'a': 1, 'b': 'z'})},
            [('', {'a': 1}), ('', {'a': 1, 'b': 'z'}), ('', {'c': 1})]) == {'all': 1, 'any': 2}


def test_an_exchange_is_bound_to_an_exchange(connection, name):
    with connection.channel() as channel:
        source = Exchange(f'{name}.source', 'topic', durable=False)(channel)
        target = Exchange(f'{name}.target', 'fanout', durable=False)(channel)
        source.declare()
        target.declare()
        target.bind_to(source.name, 'deep.#')
        queue = Queue(name, target, durable=False, exclusive=True)(channel)
        queue.declare()
        Producer(channel, source).publish('through', routing_key='deep.down')
        Producer(channel, source).publish('past', routing_key='other')
        assert queue.get(no_ack=True).payload == 'through'
        assert queue.get(no_ack=True) is None
        target.unbind_from(source.name, 'deep.#')
        Producer(channel, source).publish('late', routing_key='deep.down')
        assert queue.get(no_ack=True) is None
        queue.delete()
        source.delete()
        target.delete()


def test_a_transaction_commits_and_rolls_back(connection, name):
    with connection.channel() as channel:
        queue = Queue(name, durable=False, exclusive=True)(channel)
        queue.declare()
        channel.tx_select()
        Producer(channel).publish('dropped', routing_key=name)
        channel.tx_rollback()
        Producer(channel).publish('kept', routing_key=name)
        assert queue.get(no_ack=True) is None
        channel.tx_commit()
        assert queue.get(no_ack=True).payload == 'kept'
        channel.tx_commit()
        queue.delete()


def test_a_quorum_queue_counts_deliveries(connection, name):
    with connection.channel() as channel:
        queue = Queue(name, queue_arguments={'x-queue-type': 'quorum'})(channel)
        queue.declare()
        Producer(channel).publish('x', routing_key=name)
        first = wait_for(queue.get, what='the message')
        assert first.headers.get('x-delivery-count', 0) == 0
        first.requeue()
        second = wait_for(queue.get, what='the message again')
        assert second.headers['x-delivery-count'] == 1
        second.ack()
        queue.delete()


def test_a_consumer_producer_mixin_serves_calls(suite, name):
    """The remote procedure call of kombu's documentation."""
    class Server(ConsumerProducerMixin):
        def __init__(self, connection):
            self.connection = connection

        def get_consumers(self, consumer, channel):
            queue = Queue(name, durable=False, auto_delete=True)
            return [consumer([queue], on_message=self.answer, accept=['json'], prefetch_count=1)]

        def answer(self, message):
            self.producer.publish(
                {'double': message.payload['n'] * 2}, exchange='', serializer='json',
                routing_key=message.properties['reply_to'],
                correlation_id=message.properties['correlation_id'], retry=True)
            message.ack()
            self.should_stop = message.payload['n'] == 3

    answers = []
    with Connection(suite.url) as client, Connection(suite.url) as backend:
        channel = client.channel()
        replies = Queue('', durable=False, exclusive=True)(channel)
        replies.declare()
        assert replies.name.startswith('amq.gen-')
        Queue(name, durable=False, auto_delete=True)(channel).declare()
        for number in (1, 2, 3):
            Producer(channel).publish({'n': number}, routing_key=name, serializer='json',
                                      reply_to=replies.name, correlation_id=str(number))
        list(Server(backend).consume(limit=3))
        with Consumer(channel, [replies], no_ack=True, accept=['json'], auto_declare=False,
                      on_message=answers.append):
            drain(client, answers, 3)
    assert {message.properties['correlation_id']: message.payload['double']
            for message in answers} == {'1': 2, '2': 4, '3': 6}


def test_two_hundred_channels_open_and_close(connection):
    channels = [connection.channel() for _ in range(200)]
    assert len({channel.channel_id for channel in channels}) == 200
    for channel in channels:
        channel.close()
    assert connection.channel().is_open


def test_a_pool_of_connections_and_producers_is_reused(suite, name):
    from kombu import pools
    with Connection(suite.url) as connection:
        with connection.channel() as channel:
            Queue(name, durable=False, auto_delete=True)(channel).declare()
        group = pools.producers[connection]
        for number in range(20):
            with group.acquire(block=True) as producer:
                producer.publish(number, routing_key=name, serializer='json')
        with connection.channel() as channel:
            queue = Queue(name, durable=False, auto_delete=True)(channel)
            assert [wait_for(lambda: queue.get(no_ack=True)).payload for _ in range(20)] == list(
                range(20))
            queue.delete()
        pools.reset()


def test_heartbeats_keep_an_idle_connection_open(suite):
    with Connection(suite.url, heartbeat=1) as connection:
        connection.connect()
        assert connection.get_heartbeat_interval() == 1
        received = connection.connection.bytes_recv
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            # Shorter than the broker's heartbeats are apart: each of them starts it anew.
            try:
                connection.drain_events(timeout=0.2)
            except socket.timeout:
                connection.heartbeat_check()
        assert connection.connection.bytes_recv > received
        assert connection.channel().is_open


def test_a_client_without_heartbeats_is_dropped(suite):
    """Twice the interval without a byte, and the broker closes the connection."""
    with Connection(suite.url, heartbeat=1) as connection:
        connection.connect()
        with pytest.raises(OSError):
            deadline = time.monotonic() + 12
            while time.monotonic() < deadline:
                try:
                    connection.drain_events(timeout=1)
                except socket.timeout:
                    pass
