/** A broker as the suite sees it: its two addresses. */
export interface Broker {
  readonly amqp: string;
  readonly management: string;
}

const credentials = `Basic ${Buffer.from('guest:guest').toString('base64')}`;

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A request below `/api/`. */
export async function request(
  broker: Broker,
  method: string,
  path: string,
  body?: object,
): Promise<Reply> {
  const response = await fetch(`${broker.management}/api/${path}`, {
    method,
    headers: { authorization: credentials, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(20_000),
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

/** @throws Error when the broker refuses */
export async function must(
  broker: Broker,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const reply = await request(broker, method, path, body);
  if (reply.status < 300) return reply.body;
  throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
}

/** Asks again until `check` has an answer. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`still not so: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
