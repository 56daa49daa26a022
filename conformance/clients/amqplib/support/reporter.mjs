// Says what node:test has run in the words of `go test -json`, a line for each event, and names a
// test by its file and all that it stands in.

import { basename } from 'node:path';

/** @param {AsyncIterable<import('node:test/reporters').TestEvent>} events */
export default async function* report(events) {
  /** @type {string[]} */
  const names = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') names.splice(data.nesting, names.length, data.name);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    const group = basename(data.file ?? '', '.test.js');
    const test = [group, ...names.slice(0, data.nesting), data.name].join(' > ');
    // One that broke off has no mark of its own; one that a name has shut out has.
    const failed = type === 'test:fail';
    const action = failed ? 'fail' : data.skip === undefined ? 'pass' : 'skip';
    yield `${JSON.stringify({ Action: action, Test: test })}\n`;
  }
}
