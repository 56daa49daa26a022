import type { ChannelView } from '../../broker/live.ts';
import type { Answer, Call, Endpoint } from '../endpoint.ts';
import { notAuthorised, notFound } from '../http-error.ts';
import { projected } from '../list-view.ts';
import { channelDetails, channelName } from '../views/channel.ts';
import { lensOf } from '../views/lens.ts';
import { listOfChannels } from './channel-list.ts';
import { visibleConnections } from './connections.ts';

function visibleChannels(call: Call): readonly ChannelView[] {
  return visibleConnections(call).flatMap((connection) => [...connection.channelViews()]);
}

function listOfVhost(call: Call): Answer {
  const { name } = call.vhost;
  const channels = visibleChannels(call).filter(({ connection }) => connection.vhost === name);
  return listOfChannels(call, channels, false);
}

function show(call: Call): Answer {
  const { channel: name = '' } = call.params;
  for (const connection of call.context.broker.connections) {
    // `CONNECTION (NUMBER)`.
    if (!name.startsWith(connection.name)) continue;
    for (const channel of connection.channelViews()) {
      if (channelName(channel) !== name) continue;
      if (connection.user !== call.user.name && !call.may('monitoring')) {
        throw notAuthorised('User not authorised to access object');
      }
      return projected(call, channelDetails(channel, lensOf(call)));
    }
  }
  throw notFound();
}

export const channelsEndpoints: readonly Endpoint[] = [
  {
    path: '/channels',
    access: 'management',
    GET: (call) => listOfChannels(call, visibleChannels(call), true),
  },
  { path: '/channels/:channel', access: 'management', GET: show },
  { path: '/vhosts/:vhost/channels', access: 'management', GET: listOfVhost },
];
