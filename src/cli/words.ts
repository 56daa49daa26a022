/** A word that follows a command's name. */
export interface Word {
  readonly name: string;
  readonly isOptional: boolean;
  /** It stands for all the words that are left. */
  readonly isRest: boolean;
}

/** Words by the name of their place. */
export interface Placed {
  readonly named: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** What a usage such as `<user> [<password>]` asks for. */
export function wordsOf(usage: string): readonly Word[] {
  return [...usage.matchAll(/(\[?)<([^>]+)>(\.\.\.)?\]?/g)].map(
    ([, bracket = '', name = '', dots]) => ({
      name,
      isOptional: bracket !== '',
      isRest: dots !== undefined,
    }),
  );
}

/** Puts words where they belong. @returns what is wrong, if they are too many or too few */
export function placed(usage: string, given: readonly string[]): Placed | string {
  const places = wordsOf(usage);
  const single = places.filter(({ isRest }) => !isRest);
  const rest = places.find(({ isRest }) => isRest);
  const needed = places.filter(({ isOptional }) => !isOptional).length;
  if (given.length < needed) return 'not enough arguments.';
  if (rest === undefined && given.length > single.length) return 'too many arguments.';
  const named = single.flatMap(({ name }, i): [string, string][] => {
    const word = given[i];
    return word === undefined ? [] : [[name, word]];
  });
  return { named: new Map(named), rest: given.slice(single.length) };
}
