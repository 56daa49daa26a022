// The modes of PerfTest that are run, and what each is to print.

/** A run of PerfTest. */
export interface Mode {
  readonly name: string;
  readonly arguments: readonly string[];
  /** How it says that it ended; that its limits were reached, unless told otherwise. */
  readonly ends?: RegExp;
  /** What else it prints. */
  readonly prints?: RegExp;
  /** How many messages it leaves in which queue, which is deleted then. */
  readonly leaves?: readonly [queue: string, messages: number];
  readonly tls?: boolean;
}

const words = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '');

/** @param limits of what one producer and one consumer handle; the same, as nothing may be lost */
function mode(name: string, line: string, messages = 500, more: Partial<Mode> = {}): Mode {
  const limits = ['-C', String(messages), '-D', String(messages)];
  return { name, arguments: [...limits, ...words(line)], ...more };
}

function publishing(name: string, line: string, messages: number, more: Partial<Mode>): Mode {
  const args = ['-C', String(messages), '-y', '0', '-c', '50', ...words(line)];
  return { name, arguments: args, ends: /\(Producer reached message limit\)/, ...more };
}

const timeLimit = { ends: /\(Reached time limit\)/ };
const QUORUM = '-qq -ad false -u pt.';

export const modes: readonly Mode[] = [
  mode('plain', ''),
  mode('confirms one by one', '-c 1', 100, { prints: /confirm latency/ }),
  mode('confirms with a window', '-c 100', 500, { prints: /confirm latency/ }),
  mode('confirms with no effective limit', '-c 100000', 500, { prints: /confirm latency/ }),
  mode('acknowledging several at once', '-A 50 -q 200'),
  mode('automatic acknowledgement', '-a'),
  mode('prefetch 1', '-q 1', 200),
  mode('prefetch 50', '-q 50'),
  mode('prefetch of the channel', '-Q 10'),
  mode('both prefetches', '-q 5 -Q 10'),
  mode('persistent', '-f persistent -ad false -u pt.persistent -c 50'),
  mode('persistent and mandatory', '-f persistent -f mandatory -c 50'),
  publishing('mandatory without a queue', '-f mandatory -sb -r 200', 300, {
    prints: /returned: [1-9]/,
  }),
  mode('quorum queue', `${QUORUM}quorum -c 50`, 300),
  mode('quorum queue with its leader balanced', `${QUORUM}balanced -ll balanced`, 300),
  mode('quorum queue, nacked without requeueing', `${QUORUM}dropped -na -re false`, 300),
  mode('lazy queue', '-qa x-queue-mode=lazy'),
  mode('classic queue version 2', '-qa x-queue-version=2'),
  mode('priority queue', '-qa x-max-priority=10 -mp priority=5'),
  mode('queue with a time to live', '-qa x-message-ttl=60000'),
  mode('single active consumer', '-qa x-single-active-consumer=true'),
  publishing('queue of limited length', '-qa x-max-length=100 -ad false -u pt.short', 300, {
    leaves: ['pt.short', 100],
  }),
  publishing('queue of limited bytes', '-mlb 1000 -s 100 -ad false -u pt.small', 300, {
    leaves: ['pt.small', 10],
  }),
  publishing(
    'queue that rejects',
    '-qa x-max-length=100,x-overflow=reject-publish -ad false -u pt.rejecting -r 200',
    300,
    { leaves: ['pt.rejecting', 100], prints: /nacked: [1-9]/ },
  ),
  publishing('messages that expire', '-mp expiration=1 -ad false -u pt.expiring', 300, {
    leaves: ['pt.expiring', 0],
  }),
  publishing('messages that stay', '-ad false -u pt.staying', 300, {
    leaves: ['pt.staying', 300],
  }),
  mode('server-named exclusive queue', '-E'),
  mode('a pattern of queues', '-qp pt.%d -qpf 1 -qpt 4 -x 4 -y 4', 100),
  mode('topic exchange', '-t topic -e pt.topic -k a.b'),
  mode(
    'fanout exchange to several queues',
    '-t fanout -e pt.fanout -qp pt.f%d -qpf 1 -qpt 3 -y 3',
    200,
  ),
  mode('headers exchange', '-t headers -e pt.headers -mp k=v', 200),
  mode('random routing keys', '-t fanout -e pt.random -K', 300),
  mode('random routing keys from a cache', '-t fanout -e pt.cache -K -rkcs 50', 300),
  mode('several channels', '-X 3 -Y 3', 100),
  // Which consumer gets how many is left to chance.
  mode('several producers and consumers', '', 0, {
    arguments: words('-u pt.shared -x 4 -y 4 -q 10 -C 100 -ew idle'),
    ends: /message limit \[4\], Consumer is idle for more than 1 second \[4\]/,
  }),
  mode('transactions', '-m 10 -n 10', 200),
  mode('transactions of one message', '-m 1 -n 1', 50),
  mode('polling', '-po', 200),
  mode('polling at intervals', '-po -pi 2', 50),
  mode('nack without requeueing', '-na -re false -q 50'),
  mode(
    'nack to a dead letter exchange',
    '-na -re false -q 50 -qa x-dead-letter-exchange=amq.fanout',
  ),
  mode('empty bodies but for the timestamp', '-s 0'),
  mode('bodies of 1 MB', '-s 1000000', 20),
  mode('bodies of 4 MB', '-s 4000000', 5),
  mode('small frames', '-M 4096 -s 20000', 100),
  mode('bodies of changing size', '-vs 100:1 -vs 5000:1 -r 200', 300),
  mode('heartbeats', '-b 1 -hst 1 -r 20', 60),
  mode('a rate', '-r 500', 500),
  mode('a rate of the consumer', '-R 500', 500),
  mode('a publishing interval', '-P 0.1', 10),
  mode('a changing rate', '-vr 100:1 -vr 300:1 -z 3', 0, timeLimit),
  mode('a slow consumer', '-L 1000 -q 10', 200),
  mode('a consumer of changing slowness', '-vl 1000:1 -vl 0:1 -q 10 -r 200', 300),
  mode('JSON bodies', '-jb -s 500 -bc 5 -bfc 20', 200),
  mode('properties of messages', '-mp priority=5,timestamp=2020-01-01T00:00:00+01:00,k=v', 200),
  mode('a content type', '-T text/plain', 200),
  mode('arguments of consumers', '-ca x-priority=10', 200),
  mode('input and output without blocking', '-niot 2 -niotp 6'),
  mode('two exchanges of one queue each', '-x 2 -y 2 -E', 0, {
    arguments: words('-x 2 -y 2 -E -C 100 -ew idle'),
    ends: /message limit \[2\], Consumer is idle/,
  }),
  mode('TLS', '', 300, { tls: true }),
  mode('TLS without blocking', '-niot 1', 300, { tls: true }),
  mode('no recovery of connections', '-dcr', 100),
  mode('a slow start', '', 0, {
    arguments: words('-S -y 2 -u pt.slow -x 2 -C 100 -ew idle'),
    ends: /message limit \[2\], Consumer is idle/,
  }),
  mode('consumers that start later', '-csd 1', 200),
  mode('until the queues are empty', '-ew empty -x 2 -y 2', 0, {
    arguments: ['-C', '200', ...words('-ew empty -x 2 -y 2')],
    ends: /Consumer queue\(s\) empty \[2\]/,
  }),
  mode('until the consumers are idle', '', 0, {
    arguments: ['-C', '200', ...words('-ew idle -x 2 -y 2')],
    ends: /Consumer is idle for more than 1 second \[2\]/,
  }),
  mode('waiting for the server', '-sst 10 -sul 1', 100),
  mode('compact figures', '-mf compact -r 200', 300, { prints: /\d+ msg\/s/ }),
  mode('latency in milliseconds', '-ms', 200, { prints: /latency .* ms/ }),
  mode('a name', '-d leveret', 100, { prints: /id: leveret, sending rate avg/ }),
  mode('every message told', '--verbose-full -r 50', 10),
  mode('stream queue', '-sq -u pt.stream -ad false -q 50 -sco first', 200, {
    leaves: ['pt.stream', 200],
  }),
];
