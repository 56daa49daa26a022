import type { Endpoint } from '../endpoint.ts';
import { notFound } from '../http-error.ts';
import { listed } from '../list-view.ts';
import { checkVhost } from '../vhost-check.ts';
import { checkNode } from './nodes.ts';

// What plugins of RabbitMQ run and nothing here does: whoever looks for it finds that there is none.
const lists: readonly List[] = [
  { path: '/federation-links', paged: false, removable: true },
  { path: '/shovels', paged: false },
  { path: '/stream/connections', paged: true },
  { path: '/stream/consumers', paged: false },
  { path: '/stream/publishers', paged: false },
  { path: '/traces', paged: false },
];

interface List {
  readonly path: string;
  readonly paged: boolean;
  /** RabbitMQ takes DELETE there, for what is on the list. */
  readonly removable?: true;
}

function remove(): never {
  throw notFound();
}

function endpointsOf({ path, paged, removable }: List): readonly Endpoint[] {
  const common = {
    access: 'management',
    ofPlugin: true,
    ...(removable ? { DELETE: remove } : {}),
  } as const;
  return [
    { ...common, path, GET: (call) => listed(call, [], { paged }) },
    {
      ...common,
      path: `${path}/:vhost`,
      GET: (call) => {
        checkVhost(call);
        return listed(call, [], { paged });
      },
    },
  ];
}

export const elsewhereEndpoints: readonly Endpoint[] = [
  ...lists.flatMap(endpointsOf),
  {
    path: '/traces/node/:node',
    access: 'management',
    ofPlugin: true,
    GET: (call) => {
      checkNode(call);
      return listed(call, [], { paged: false });
    },
  },
];
