/** The release of RabbitMQ whose API this is. Clients decide by it what they may ask for. */
export const rabbitmqVersion = '4.3.6';

/** What runs in truth. */
export const productName = 'Leveret';
