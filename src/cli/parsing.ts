/** How yargs reads a line: words as they were typed, and a flag that is given twice as its last value. */
export const asTyped = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
} as const;
