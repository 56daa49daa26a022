/** A command that does without a node that runs. */
export interface OwnCommand {
  readonly name: string;
  readonly summary: string;
}

export const START = 'start';
export const REPAIR = 'repair';
export const COMPLETION = 'completion';

/** What needs no node that runs. */
export const ownCommands: readonly OwnCommand[] = [
  { name: START, summary: 'Start the broker and serve until it is told to stop.' },
  { name: REPAIR, summary: 'Say what is damaged in a data directory, or repair it.' },
  { name: COMPLETION, summary: 'Print a script by which a shell completes command lines.' },
];
