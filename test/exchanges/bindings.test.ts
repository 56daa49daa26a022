import { describe, expect, it } from 'vitest';
import { emptyTable, type Field, table } from '../../src/codec/table.ts';
import { BindingTable } from '../../src/exchanges/bindings.ts';
import { direct } from '../../src/exchanges/direct.ts';
import { headers } from '../../src/exchanges/headers.ts';
import { exchange, matched, type Queue, queue } from '../contracts/exchange-type.ts';
import { replyOf } from '../model/transcript.ts';

function build() {
  const source = exchange('x', direct);
  const destination = queue('q');
  const spec = { source, destination, routingKey: 'k', arguments: emptyTable };
  return { bindings: new BindingTable<Queue>(), source, destination, spec };
}

describe('a binding', () => {
  it('is new once, and gone once removed', () => {
    const { bindings, spec } = build();
    const binding = bindings.add(spec);
    expect(binding).toEqual(spec);
    expect(bindings.find(spec)).toBe(binding);
    expect(bindings.add(spec)).toBeUndefined();
    expect(bindings.remove(spec)).toBe(binding);
    expect(bindings.remove(spec)).toBeUndefined();
    expect(bindings.size).toBe(0);
  });

  it('is told apart by key, arguments, destination and source', () => {
    const { bindings, spec, source } = build();
    const all = [
      spec,
      { ...spec, routingKey: 'K' },
      { ...spec, arguments: table({ a: 1 }) },
      { ...spec, destination: queue('q2') },
      { ...spec, destination: exchange('q', direct) },
      { ...spec, source: exchange('x2', direct) },
    ];
    for (const one of all) bindings.add(one);
    expect(bindings.size).toBe(6);
    expect([...bindings.all()]).toHaveLength(6);
    expect(bindings.bySource(source)).toHaveLength(5);
  });

  it('is told apart by the type and not only the value of an argument', () => {
    const { bindings, spec } = build();
    const bound = (a: Field) => bindings.add({ ...spec, arguments: table({ a }) }) !== undefined;
    expect(bound({ type: 's', value: 1 })).toBe(true);
    expect(bound({ type: 'I', value: 1 })).toBe(true);
    expect(bound({ type: 's', value: 1 })).toBe(false);
  });

  it('is the same whatever the order of its arguments', () => {
    const { bindings, spec } = build();
    bindings.add({ ...spec, arguments: table({ a: 1, b: 2 }) });
    expect(bindings.add({ ...spec, arguments: table({ b: 2, a: 1 }) })).toBeUndefined();
  });

  it('cannot be mistaken for one whose name and key split elsewhere', () => {
    const { bindings, spec } = build();
    bindings.add({ ...spec, destination: queue('q4:x'), routingKey: 'y' });
    const other = { ...spec, destination: queue('q'), routingKey: 'x1:y' };
    expect(bindings.add(other)).not.toBeUndefined();
  });

  it('is not made when its arguments are refused', () => {
    const { bindings, spec } = build();
    const bad = {
      ...spec,
      source: exchange('h', headers),
      arguments: table({ 'x-match': 'bogus' }),
    };
    expect(replyOf(() => bindings.add(bad))).toContain('Invalid x-match field value');
    expect(bindings.size).toBe(0);
    expect(bindings.remove(bad)).toBeUndefined();
  });
});

describe('the bindings of what goes away', () => {
  it('lead to a queue from wherever', () => {
    const { bindings, spec, source, destination } = build();
    const other = exchange('other', direct);
    bindings.add(spec);
    bindings.add({ ...spec, routingKey: 'k2' });
    bindings.add({ ...spec, source: other });
    bindings.add({ ...spec, destination: queue('stays') });
    expect(bindings.byDestination(destination)).toHaveLength(3);
    expect(bindings.removeAllFor(destination)).toHaveLength(3);
    expect(bindings.removeAllFor(destination)).toEqual([]);
    expect([source.bindings.size, other.bindings.size, bindings.size]).toEqual([1, 0, 1]);
    expect(matched(source, { routingKey: 'k', headers: undefined })).toEqual(['stays']);
  });

  it('lead from an exchange to wherever', () => {
    const { bindings, spec, source, destination } = build();
    bindings.add(spec);
    bindings.add({ ...spec, destination: exchange('y', direct) });
    bindings.add({ ...spec, source: exchange('other', direct) });
    expect(bindings.removeAllFrom(source)).toHaveLength(2);
    expect(bindings.removeAllFrom(source)).toEqual([]);
    expect(bindings.byDestination(destination)).toHaveLength(1);
    expect(source.bindings.size).toBe(0);
  });

  it('include one from an exchange to itself once', () => {
    const { bindings, spec, source } = build();
    bindings.add({ ...spec, destination: source });
    expect(bindings.removeAllFor(source)).toHaveLength(1);
    expect(bindings.removeAllFrom(source)).toEqual([]);
    expect(bindings.size).toBe(0);
  });
});

it('has a generation that changes with every binding that comes or goes, and only then', () => {
  const { bindings, spec, destination } = build();
  const seen = [bindings.generation];
  const note = () => seen.push(bindings.generation);
  bindings.add(spec);
  note();
  bindings.remove(spec);
  note();
  bindings.add(spec);
  bindings.removeAllFor(destination);
  note();
  expect(new Set(seen).size).toBe(4);
  const before = bindings.generation;
  bindings.remove(spec);
  bindings.removeAllFor(destination);
  expect(bindings.generation).toBe(before);
});
