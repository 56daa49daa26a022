import { request } from 'node:https';
import { generate } from 'selfsigned';
import { afterEach, expect, it } from 'vitest';
import { type ApiServer, type HttpsIdentity, serveApi } from '../../src/mgmt/api-server.ts';
import { Harness } from './harness.ts';

const harness = new Harness();
const servers: ApiServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(identity?: HttpsIdentity): Promise<ApiServer> {
  const options = { bodyLimit: 1000, origins: { allowed: [], maxAge: 0 } };
  const server = await serveApi(harness.context, options, { host: '127.0.0.1', port: 0, identity });
  servers.push(server);
  return server;
}

it('speaks HTTP', async () => {
  const { port } = await serve();
  expect(await (await fetch(`http://127.0.0.1:${port}/api/version`)).json()).toMatch(/^4/);
});

it('speaks HTTPS to whom it has a certificate for, and hears of further ones', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  let followed = 0;
  const { port } = await serve({
    serverOptions: () => ({ key, cert }),
    follow: () => {
      followed += 1;
      return { drop: () => {} };
    },
  });
  const answer = await new Promise<string>((resolve, reject) => {
    const options = { port, path: '/api/version', ca: cert, servername: 'localhost', agent: false };
    request({ ...options, host: '127.0.0.1' }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
  expect([JSON.parse(answer), followed]).toEqual([expect.stringMatching(/^4/), 1]);
  await expect(fetch(`http://127.0.0.1:${port}/api/version`)).rejects.toThrow();
});
