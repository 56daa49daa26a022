import { type Call, type Endpoint, ok } from '../endpoint.ts';
import { notFound } from '../http-error.ts';
import { listed, projected } from '../list-view.ts';
import { binaryView, memoryView, relativeMemoryView } from '../views/memory.ts';
import { nodeView } from '../views/node.ts';

/** Refuses the name of another node. @throws HttpError 404 */
export function checkNode({ context, params }: Call): void {
  if (params['node'] !== context.node.name) throw notFound();
}

export const nodesEndpoints: readonly Endpoint[] = [
  {
    path: '/nodes',
    access: 'monitoring',
    GET: (call) => listed(call, [nodeView(call)], { paged: false }),
  },
  {
    path: '/nodes/:node',
    access: 'monitoring',
    GET: (call) => {
      checkNode(call);
      const { node } = call.context;
      const wanted = (part: string): boolean => call.query.get(part) === 'true';
      return projected(call, {
        ...nodeView(call),
        ...(wanted('memory') ? { memory: memoryView(node) } : {}),
        ...(wanted('binary') ? { binary: binaryView(node) } : {}),
      });
    },
  },
  {
    path: '/nodes/:node/memory',
    access: 'monitoring',
    GET: (call) => {
      checkNode(call);
      return ok({ memory: memoryView(call.context.node) });
    },
  },
  {
    path: '/nodes/:node/memory/relative',
    access: 'monitoring',
    GET: (call) => {
      checkNode(call);
      return ok({ memory: relativeMemoryView(call.context.node) });
    },
  },
];
