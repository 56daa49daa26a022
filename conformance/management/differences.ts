/** Why an answer differs from RabbitMQ's, and how: what `faultsOf` says. */
export interface Difference {
  readonly reason: string;
  readonly faults: readonly string[];
}

const noStreams = 'there are no streams: the queue of that name is a classic one';

/** By the name of the request. */
export const differences: Readonly<Record<string, Difference>> = {
  definitions: {
    reason: 'RabbitMQ leaves internal exchanges out, and so cannot import the bindings to them',
    faults: ['$.exchanges[].internal: too much'],
  },
  definitions_vhost: {
    reason: 'RabbitMQ leaves internal exchanges out, and so cannot import the bindings to them',
    faults: ['$.exchanges[].internal: too much'],
  },
  queue_stream: {
    reason: noStreams,
    faults: [
      '$.arguments.x-max-length-bytes: missing',
      '$.first_timestamp: missing',
      '$.leader: missing',
      '$.members: missing',
      '$.online: missing',
      '$.readers: missing',
      '$.segments: missing',
      '$.consumer_capacity: too much',
      '$.consumer_utilisation: too much',
      '$.exclusive_consumer_tag: too much',
      '$.head_message_timestamp: too much',
      '$.message_bytes: too much',
      '$.message_bytes_persistent: too much',
      '$.message_bytes_ram: too much',
      '$.message_bytes_ready: too much',
      '$.message_bytes_unacknowledged: too much',
      '$.messages_persistent: too much',
      '$.messages_ram: too much',
      '$.messages_ready_ram: too much',
      '$.messages_unacknowledged_ram: too much',
      '$.single_active_consumer_tag: too much',
      '$.storage_version: too much',
    ],
  },
  stream_tracking: {
    reason: noStreams,
    faults: [
      'status: 404 instead of 200',
      'cache-control: public, max-age=0, must-revalidate instead of no-cache',
      "content-security-policy: script-src 'self'; object-src 'self' instead of none",
      '$.offsets: missing',
      '$.writers: missing',
      '$.error: too much',
      '$.reason: too much',
    ],
  },
  w_get_stream: {
    reason: noStreams,
    faults: [
      'status: 200 instead of 400',
      'cache-control: no-cache instead of public, max-age=0, must-revalidate',
      'body: [] instead of {"error":"bad_request","reason":"540 basic.get not supported by stream queues queue \'events.stream\' in vhost \'/\'"}',
    ],
  },
  queue_quorum_status: {
    reason: 'quorum queues are kept by the one log of the node: no member has a log of its own',
    faults: [
      'status: 404 instead of 200',
      'allow: GET, HEAD, OPTIONS instead of GET, OPTIONS',
      'cache-control: public, max-age=0, must-revalidate instead of no-cache',
      'vary: accept-encoding, origin instead of accept, accept-encoding, origin',
      '$: an object instead of a list',
    ],
  },
  shovels: {
    reason: 'shovels are kept as parameters, but none runs',
    faults: ['$: empty'],
  },
  shovels_vhost: {
    reason: 'shovels are kept as parameters, but none runs',
    faults: ['$: empty'],
  },
  top: {
    reason: 'there are no Erlang processes',
    faults: [
      'status: 404 instead of 200',
      'cache-control: public, max-age=0, must-revalidate instead of no-cache',
      "content-security-policy: script-src 'self'; object-src 'self' instead of none",
      '$.node: missing',
      '$.processes: missing',
      '$.row_count: missing',
      '$.error: too much',
      '$.reason: too much',
    ],
  },
  err_accept_bert: {
    reason: 'Erlang terms are not written: who takes JSON as well gets that',
    faults: ['content-type: application/json instead of application/bert'],
  },
  err_static: {
    reason: "a file of RabbitMQ's user interface",
    faults: [
      'status: 404 instead of 200',
      'content-type: application/json instead of application/javascript',
    ],
  },
  auth: {
    reason: 'RabbitMQ 3.x answers so, and its user interface asks',
    faults: [
      'status: 200 instead of 404',
      'cache-control: no-cache instead of public, max-age=0, must-revalidate',
      'expires: 0 instead of none',
      'pragma: no-cache instead of none',
      'vary: accept, accept-encoding, origin instead of accept-encoding, origin',
      'body: {"enable_uaa":false,"uaa_client_id":"","uaa_location":""} instead of {"error":"Object Not Found","reason":"Not Found"}',
    ],
  },
  vhost_deletion_protection: {
    reason: 'RabbitMQ fails: it can set and clear the protection, but not show it',
    faults: [
      'status: 200 instead of 500',
      'allow: DELETE, GET, OPTIONS, POST instead of none',
      'cache-control: no-cache instead of none',
      "content-security-policy: script-src 'self'; object-src 'self' instead of none",
      'content-type: application/json instead of none',
      'vary: accept-encoding, origin instead of none',
      'a body: {"name":"/","protected_from_deletion":false}',
    ],
  },
  hc_qq_leaders_pat: {
    reason: 'RabbitMQ refuses the character ^ in a path before it looks at the path',
    faults: [
      'status: 200 instead of 400',
      'allow: GET, HEAD, OPTIONS instead of none',
      'cache-control: no-cache instead of none',
      "content-security-policy: script-src 'self'; object-src 'self' instead of none",
      'content-type: application/json instead of none',
      'vary: accept, accept-encoding, origin instead of accept-encoding',
      'a body: {"status":"ok"}',
    ],
  },
  err_conn_other_as_mgmt: {
    reason: "RabbitMQ fails where the connection is another user's",
    faults: [
      'status: 401 instead of 500',
      'allow: DELETE, GET, HEAD, OPTIONS instead of none',
      'cache-control: public, max-age=0, must-revalidate instead of none',
      "content-security-policy: script-src 'self'; object-src 'self' instead of none",
      'content-type: application/json instead of none',
      'vary: accept, accept-encoding, origin instead of none',
      'a body: {"error":"not_authorised","reason":"User not authorised to access object"}',
    ],
  },
  err_cors_preflight: {
    reason: 'RabbitMQ loses what it was told of the age when the request names headers',
    faults: ['access-control-max-age: 1800 instead of none'],
  },
  err_download: {
    reason: 'RabbitMQ answers HEAD without the type that GET has',
    faults: ['content-type: application/json instead of none'],
  },
};
