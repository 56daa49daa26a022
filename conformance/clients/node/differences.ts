/** Where Leveret differs from the RabbitMQ 3.10 of the golden transcripts on purpose. */
export interface Difference {
  /** The program, without `.ts`. */
  readonly program: string;
  /** Neighbouring lines of the golden transcript. */
  readonly golden: readonly string[];
  /** What may stand in their place. */
  readonly accepted: readonly string[];
  readonly reason: string;
}

export const differences: readonly Difference[] = [
  {
    program: 'amqplib.exchanges',
    golden: [
      'assertExchange ✗ Error: Channel ended, no reply will be forthcoming',
      '  event: connection error Error: Connection closed: 503 (COMMAND-INVALID) with message "COMMAND_INVALID - unknown exchange type \'x-odd-type\'" code=503',
      '  event: channel close',
      '  event: connection close Error: Connection closed: 503 (COMMAND-INVALID) with message "COMMAND_INVALID - unknown exchange type \'x-odd-type\'" code=503',
    ],
    accepted: [
      'assertExchange ✗ Error: Operation failed: ExchangeDeclare; 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - unknown exchange type \'x-odd-type\'" code=406 classId=40 methodId=10',
      '  event: channel error Error: Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - unknown exchange type \'x-odd-type\'" code=406 classId=40 methodId=10',
      '  event: channel close',
    ],
    reason: 'RabbitMQ 3.13 closes the channel with 406, 3.10 the connection with 503',
  },
  {
    program: 'amqplib.rules',
    golden: ['delivery 1: redelivered false {x-delivery-count: 0}'],
    accepted: ['delivery 1: redelivered false {}'],
    reason: 'RabbitMQ 4 leaves x-delivery-count out of a first basic.get as consumers never had it',
  },
  {
    program: 'rabbitmq.helpers',
    golden: ['  event: return NO_ROUTE', '  event: return NO_ROUTE'],
    accepted: ['  event: return NO_ROUTE'],
    reason: 'up to 4.1 RabbitMQ returns a mandatory direct reply that it has delivered',
  },
];
