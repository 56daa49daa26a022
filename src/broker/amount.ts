const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** An amount of bytes for people: `512 B`, `3.1 GiB`. */
export function amount(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be shown as 1024.0 is shown as one of the next unit.
  while (Math.round(Math.abs(value) * 10) >= 10_240 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
