import { at } from '../client.ts';
import { chosen, columns } from '../column.ts';
import type { Command, CommandGroup } from '../command.ts';

const listFeatureFlags: Command = {
  name: 'list_feature_flags',
  words: '[<column>...]',
  summary: 'Lists feature flags, all of which are enabled',
  isList: true,
  async run({ client, output, rest }) {
    output.heading('Listing feature flags ...');
    const known = columns('name', 'state', 'stability', 'provided_by', 'doc_url', 'desc');
    output.rows(chosen(known, rest, ['name', 'state']), await client.list('/feature-flags'));
  },
};

const enableFeatureFlag: Command = {
  name: 'enable_feature_flag',
  words: '<flag>',
  summary: 'Enables a feature flag, or all',
  async run(desk) {
    const name = desk.word('flag');
    if (name === 'all') {
      desk.output.heading('Enabling all feature flags ...');
      return;
    }
    desk.output.heading(`Enabling feature flag "${name}" ...`);
    await desk.client.put(at`/feature-flags/${name}/enable`, {});
  },
};

const listDeprecatedFeatures: Command = {
  name: 'list_deprecated_features',
  words: '[<column>...]',
  summary: 'Lists what RabbitMQ is about to give up, and whether it works here',
  isList: true,
  flags: { used: { describe: 'only what is in use' } },
  async run(desk) {
    const { client, output, rest } = desk;
    output.heading('Listing deprecated features ...');
    const known = columns('name', 'deprecation_phase', 'state', 'provided_by', 'doc_url', 'desc');
    const path = desk.has('used') ? '/deprecated-features/used' : '/deprecated-features';
    output.rows(chosen(known, rest, ['name', 'deprecation_phase']), await client.list(path));
  },
};

export const features: CommandGroup = {
  title: 'Feature flags',
  commands: [listFeatureFlags, enableFeatureFlag, listDeprecatedFeatures],
};
