import type { ChannelView } from '../../broker/live.ts';
import type { Answer, Call } from '../endpoint.ts';
import { listedLazily } from '../list-view.ts';
import { channelName, channelView } from '../views/channel.ts';
import { lensOf } from '../views/lens.ts';

/** Channels as a list. @throws HttpError 400 */
export function listOfChannels(
  call: Call,
  channels: readonly ChannelView[],
  paged: boolean,
): Answer {
  const lens = lensOf(call);
  return listedLazily(call, channels, {
    paged,
    view: (channel) => channelView(channel, lens),
    keys: {
      name: channelName,
      vhost: ({ connection }) => connection.vhost,
      user: ({ connection }) => connection.user,
      number: ({ number }) => number,
    },
  });
}
