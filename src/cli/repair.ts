/** A data directory that has been looked through; what `server/repair.ts` gives. */
export interface DirectoryRepair {
  /** For people, a line each; empty if nothing is damaged. */
  readonly report: readonly string[];
  repair(): Promise<void>;
  close(): Promise<void>;
}

/** Looks through a data directory; what `server/repair.ts` gives. */
export type OpenRepair = (dataDir: string) => Promise<DirectoryRepair>;

/**
 * Says what is damaged in a data directory and what a repair does; repairs it if `yes`.
 * @returns whether nothing is damaged in it now
 * @throws Error when it cannot be looked through, or not be repaired
 */
export async function repair(
  open: OpenRepair,
  { dataDir, yes }: { readonly dataDir: string; readonly yes: boolean },
  say: (line: string) => void,
): Promise<boolean> {
  const directory = await open(dataDir);
  try {
    if (directory.report.length === 0) {
      say(`Nothing is damaged in ${dataDir}`);
      return true;
    }
    for (const line of directory.report) say(line);
    if (!yes) {
      say(`Nothing has been changed: 'leveret repair --data-dir ${dataDir} --yes' does the above`);
      return false;
    }
    await directory.repair();
    say('Done');
    return true;
  } finally {
    await directory.close();
  }
}
