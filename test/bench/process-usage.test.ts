import { describe, expect, it } from 'vitest';
import { GcTrace, gcPauseMsOf } from '../../bench/gc-trace.ts';
import { cpuSecondsOf, machineCpuSecondsOf, statusBytesOf } from '../../bench/process-usage.ts';

describe('the kernel’s counters', () => {
  it('are read past a process name with spaces and brackets', () => {
    const stat = '42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 11 0 5 6 7';
    expect(cpuSecondsOf(stat)).toBe(3);
  });

  it('give the resident size and its peak in bytes', () => {
    const status = 'Name:\tx\nVmHWM:\t  900 kB\nVmRSS:\t  800 kB\n';
    expect(statusBytesOf(status, 'VmRSS')).toBe(819_200);
    expect(statusBytesOf(status, 'VmHWM')).toBe(921_600);
  });

  it('leave idle time and waiting out of what the machine did', () => {
    expect(machineCpuSecondsOf('cpu  100 20 30 9000 800 5 45 77\ncpu0 1 1 1 1\n')).toBe(2);
  });

  it('are an error when a file is not what it should be', () => {
    expect(() => statusBytesOf('Name:\tx\n', 'VmRSS')).toThrow('VmRSS');
    expect(() => cpuSecondsOf('42 (x) S')).toThrow('CPU');
  });
});

describe('a line of --trace-gc', () => {
  const HEAD = '[11714:0x20111d90]       30 ms: ';

  it('tells the pause of a scavenge', () => {
    const line = `${HEAD}Scavenge 3.9 (4.0) -> 3.6 (5.0) MB, 1.77 / 0.00 ms  (average mu = 1.000)`;
    expect(gcPauseMsOf(line)).toBe(1.77);
  });

  it('tells it as well where the pooled memory is named', () => {
    const line = `${HEAD}Scavenge 3.9 (4.0) -> 3.6 (5.0) MB, pooled: 0 MB, 2.5 / 0.00 ms  (average)`;
    expect(gcPauseMsOf(line)).toBe(2.5);
  });

  it('counts the longest step of incremental marking when that is longer', () => {
    const line = `${HEAD}Mark-Compact 71.8 (94.7) -> 57.1 (92.1) MB, 2.77 / 0.01 ms  (+ 36.4 ms in 98 steps since start of marking, biggest step 5.2 ms, walltime since start of marking 108 ms)`;
    expect(gcPauseMsOf(line)).toBe(5.2);
  });

  it('is told from a line of the log', () => {
    const trace = new GcTrace();
    expect(trace.take('{"level":40,"msg":"12 MB, 1 / 2"}')).toBe(false);
    expect(trace.longestMs).toBe(0);
  });

  it('is kept while it is the longest since the last reset', () => {
    const trace = new GcTrace();
    for (const ms of [1, 9, 4]) trace.take(`${HEAD}Scavenge 1 (1) -> 1 (1) MB, ${ms} / 0.00 ms`);
    expect(trace.longestMs).toBe(9);
    expect(trace.pauses).toBe(3);
    trace.reset();
    expect(trace.longestMs).toBe(0);
  });
});
