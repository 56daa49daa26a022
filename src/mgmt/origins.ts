/** The headers of a request that tell where a page that sent it came from. */
export interface OriginHeaders {
  readonly origin: string | undefined;
  readonly host: string | undefined;
  readonly 'sec-fetch-site': string | undefined;
  readonly 'x-forwarded-host': string | undefined;
  readonly 'access-control-request-headers': string | undefined;
  readonly 'access-control-request-method': string | undefined;
}

/** Which pages of other sites may use the API, as `management.cors` says. */
export interface Origins {
  /** `*` for all. */
  readonly allowed: readonly string[];
  /** Seconds for which a browser may remember an answer to a preflight. */
  readonly maxAge: number;
}

/** The CORS headers of an answer; none for pages of the own site and of strangers. */
export function corsHeaders(
  { allowed, maxAge }: Origins,
  headers: OriginHeaders,
  methods: string,
): Readonly<Record<string, string>> {
  const { origin } = headers;
  if (origin === undefined || !isAllowed(allowed, origin)) return {};
  const shared = {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  };
  if (headers['access-control-request-method'] === undefined) return shared;
  const asked = headers['access-control-request-headers'];
  return {
    ...shared,
    'access-control-allow-methods': methods,
    'access-control-max-age': String(maxAge),
    ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
  };
}

/**
 * Whether a write was sent by a page of another site that may not: a browser adds the user's
 * credentials to it all by itself. Programs send none of these headers.
 */
export function isForeignWrite({ allowed }: Origins, headers: OriginHeaders): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && isAllowed(allowed, origin)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  if (origin === undefined) return false;
  const own = [host, headers['x-forwarded-host']];
  return !own.some((name) => name !== undefined && origin.replace(/^[a-z]+:\/\//, '') === name);
}

function isAllowed(allowed: readonly string[], origin: string): boolean {
  return allowed.includes('*') || allowed.includes(origin);
}
