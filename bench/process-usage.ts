/** What the kernel counted for a broker's processes, for this process and for the machine. Linux only. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks a second in /proc; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** Monotonic milliseconds. */
  readonly atMs: number;
  /** User and system CPU seconds of all threads of the broker's processes. */
  readonly brokerCpuSeconds: number;
  readonly brokerRssBytes: number;
  /** CPU seconds of the generator: this process with all its threads. */
  readonly ownCpuSeconds: number;
  /** CPU seconds of everything on the machine. */
  readonly machineCpuSeconds: number;
}

export function readUsage(pids: readonly number[]): Usage {
  const own = process.cpuUsage();
  let brokerCpuSeconds = 0;
  let brokerRssBytes = 0;
  for (const pid of pids) {
    brokerCpuSeconds += cpuSecondsOf(procText(`${pid}/stat`));
    brokerRssBytes += statusBytesOf(procText(`${pid}/status`), 'VmRSS');
  }
  return {
    atMs: performance.now(),
    brokerCpuSeconds,
    brokerRssBytes,
    ownCpuSeconds: (own.user + own.system) / 1e6,
    machineCpuSeconds: machineCpuSecondsOf(procText('stat')),
  };
}

function procText(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch (error) {
    throw new Error(`cannot read /proc/${name}: is the broker gone?`, { cause: error });
  }
}

/** proc(5): the name in brackets may hold spaces and brackets; utime and stime are fields 14 and 15. */
export function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error('no CPU times in a stat file');
  return ticks / TICKS_PER_SECOND;
}

/** Bytes: `VmRSS`, the resident size, or `VmHWM`, the highest it has been. */
export function statusBytesOf(status: string, name: 'VmRSS' | 'VmHWM'): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  if (match === null) throw new Error(`no ${name} in a status file`);
  return Number(match[1]) * 1024;
}

/** The highest resident size since the last reset, or since the start where the kernel refuses one. */
export function peakRssBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + statusBytesOf(procText(`${pid}/status`), 'VmHWM'), 0);
}

export function resetPeakRss(pids: readonly number[]): void {
  // proc(5): 5 resets the peak.
  for (const pid of pids) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // Of another user's process: its peak stays.
    }
  }
}

/** user, nice, system, irq and softirq of the first line; idle, iowait and steal left out. */
export function machineCpuSecondsOf(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}
