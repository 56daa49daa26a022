import { refusalOf } from '../access.ts';
import { logIn } from '../authentication.ts';
import { type Call, type Endpoint, noContent, ok } from '../endpoint.ts';
import { notAuthorised } from '../http-error.ts';
import { selfView } from './whoami.ts';

/** A form with `username` and `password` is exchanged for what later requests are to be sent with. */
function login(call: Call): ReturnType<typeof ok> {
  const form = new URLSearchParams(Buffer.from(call.body).toString());
  const name = form.get('username') ?? '';
  const password = form.get('password') ?? '';
  const user = logIn(call.context, { name, password }, call.address);
  const refusal = refusalOf(user, 'management');
  if (refusal !== undefined) throw notAuthorised(refusal);
  const value = Buffer.from(`${name}:${password}`).toString('base64');
  return ok({ user: selfView(user), token: { type: 'basic', value } });
}

export const loginEndpoints: readonly Endpoint[] = [
  { path: '/login', access: 'anybody', POST: login, DELETE: () => noContent },
];
