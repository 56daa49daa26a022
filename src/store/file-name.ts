const DIGITS = 12;

/** The name of a file that has a number, so that names stand in the order of numbers. */
export function fileName(number: number, suffix: string): string {
  return `${String(number).padStart(DIGITS, '0')}${suffix}`;
}

/** The number in a file's name; undefined for a stranger. */
export function numberIn(name: string, suffix: string): number | undefined {
  const digits = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  return /^\d{12,15}$/.test(digits) ? Number(digits) : undefined;
}
