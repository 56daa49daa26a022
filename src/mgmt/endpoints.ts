import type { Endpoint } from './endpoint.ts';
import { authEndpoints } from './resources/auth.ts';
import { bindingsEndpoints } from './resources/bindings.ts';
import { channelsEndpoints } from './resources/channels.ts';
import { clusterNameEndpoints } from './resources/cluster-name.ts';
import { configurationEndpoints } from './resources/configuration.ts';
import { connectionsEndpoints } from './resources/connections.ts';
import { consumersEndpoints } from './resources/consumers.ts';
import { definitionsEndpoints } from './resources/definitions.ts';
import { elsewhereEndpoints } from './resources/elsewhere.ts';
import { exchangesEndpoints } from './resources/exchanges.ts';
import { featuresEndpoints } from './resources/features.ts';
import { globalParametersEndpoints } from './resources/global-parameters.ts';
import { healthEndpoints } from './resources/health.ts';
import { loginEndpoints } from './resources/login.ts';
import { messagesEndpoints } from './resources/messages.ts';
import { nodesEndpoints } from './resources/nodes.ts';
import { overviewEndpoints } from './resources/overview.ts';
import { ownEndpoints } from './resources/own.ts';
import { parametersEndpoints } from './resources/parameters.ts';
import { permissionsEndpoints } from './resources/permissions.ts';
import { policiesEndpoints } from './resources/policies.ts';
import { queuesEndpoints } from './resources/queues.ts';
import { statisticsEndpoints } from './resources/statistics.ts';
import { topicPermissionsEndpoints } from './resources/topic-permissions.ts';
import { userLimitsEndpoints } from './resources/user-limits.ts';
import { usersEndpoints } from './resources/users.ts';
import { versionEndpoints } from './resources/version.ts';
import { vhostLimitsEndpoints } from './resources/vhost-limits.ts';
import { vhostsEndpoints } from './resources/vhosts.ts';
import { whoamiEndpoints } from './resources/whoami.ts';

/** Everything below `/api`. */
export const endpoints: readonly Endpoint[] = [
  ...authEndpoints,
  ...vhostsEndpoints,
  ...vhostLimitsEndpoints,
  ...usersEndpoints,
  ...userLimitsEndpoints,
  ...topicPermissionsEndpoints,
  ...policiesEndpoints,
  ...permissionsEndpoints,
  ...parametersEndpoints,
  ...globalParametersEndpoints,
  ...definitionsEndpoints,
  ...clusterNameEndpoints,
  ...configurationEndpoints,
  ...elsewhereEndpoints,
  ...featuresEndpoints,
  ...healthEndpoints,
  ...loginEndpoints,
  ...nodesEndpoints,
  ...overviewEndpoints,
  ...statisticsEndpoints,
  ...versionEndpoints,
  ...whoamiEndpoints,
  ...bindingsEndpoints,
  ...channelsEndpoints,
  ...connectionsEndpoints,
  ...consumersEndpoints,
  ...exchangesEndpoints,
  ...messagesEndpoints,
  ...ownEndpoints,
  ...queuesEndpoints,
];
