import type { Desk } from './desk.ts';

/** A flag of a command, apart from those that all have. */
export interface Flag {
  readonly describe: string;
  /** What stands for its value in the usage; a flag without one is a switch. */
  readonly value?: string;
  /** What its value may be, if only these. */
  readonly choices?: readonly string[];
}

/** Something that an operator does with a node. */
export interface Command {
  /** As in `rabbitmqctl`, with underscores; the same with spaces does as well. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What follows the name: `<user> [<password>]`, and `[<column>...]` for any number. */
  readonly words?: string;
  /** One line. */
  readonly summary: string;
  /** It has to do with one vhost, which `-p` names. */
  readonly ofVhost?: true;
  /** It lists, so that columns and headings can be chosen. */
  readonly isList?: true;
  /** It says beforehand how long it waits for an answer. */
  readonly isTimed?: true;
  readonly flags?: Readonly<Record<string, Flag>>;
  /** What flags say can be said as `key=value` too, as to rabbitmqadmin. */
  readonly takesPairs?: true;
  /** @throws CommandError */
  run(desk: Desk): Promise<void>;
}

/** Commands that have to do with one thing. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}
