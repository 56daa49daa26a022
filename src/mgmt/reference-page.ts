import { productName } from './emulated.ts';
import { type Access, type Answer, type Endpoint, type Verb, verbs } from './endpoint.ts';

/** A page for people that lists what can be asked. */
export function referencePage(endpoints: readonly Endpoint[]): Answer {
  const rows = [...endpoints]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap((endpoint) =>
      verbs.flatMap((verb) => (endpoint[verb] === undefined ? [] : [rowOf(endpoint, verb)])),
    );
  return { status: 200, text: page(rows.join('\n')), headers: { 'content-type': 'text/html' } };
}

const whose: Readonly<Record<Access, string>> = {
  anybody: 'anybody',
  management: 'any of the four tags',
  policymaker: 'policymaker, administrator',
  monitoring: 'monitoring, administrator',
  administrator: 'administrator',
};

function rowOf({ path, access }: Endpoint, verb: Verb): string {
  const needed = typeof access === 'string' ? access : access[verb];
  const who = needed === undefined ? '' : whose[needed];
  return `<tr><td>${verb}</td><td><code>/api${path}</code></td><td>${who}</td></tr>`;
}

function page(rows: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${productName}: HTTP API</title>
</head>
<body>
<h1>${productName}: HTTP API</h1>
<p>The API of RabbitMQ's management plugin: Basic authentication, JSON in and out. In a path the name of
the vhost <code>/</code> is <code>%2F</code>, and the default exchange is <code>amq.default</code>.</p>
<table>
<thead><tr><th>Method</th><th>Path</th><th>User's tag</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>
</body>
</html>
`;
}
