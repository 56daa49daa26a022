import type { Platter } from './platter.ts';

/** A change of names, durable with the folder. */
export interface NameChange {
  readonly folder: string;
  readonly gone: string | undefined;
  readonly name: string | undefined;
  readonly file: Platter | undefined;
}

/** Makes the change in a table of names. */
export function rename(names: Map<string, Platter>, { gone, name, file }: NameChange): void {
  if (gone !== undefined) names.delete(gone);
  if (name !== undefined && file !== undefined) names.set(name, file);
}
