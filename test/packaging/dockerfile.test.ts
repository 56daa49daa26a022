import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/command-line.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** The instructions of a Dockerfile: lines that go on are joined, comments dropped. */
function instructionsOf(text: string): readonly Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, name = '', value = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return { name, value };
  });
}

const instructions = instructionsOf(read('Dockerfile'));
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));

function values(of: readonly Instruction[], wanted: string): readonly string[] {
  return of.filter(({ name }) => name === wanted).map(({ value }) => value);
}

/** What is copied from this folder. */
function copied(): readonly string[] {
  return values(instructions, 'COPY')
    .filter((value) => !value.startsWith('--from='))
    .flatMap((value) => value.split(' ').slice(0, -1));
}

describe('the Dockerfile', () => {
  it('has instructions that there are', () => {
    const known =
      'ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN USER VOLUME WORKDIR';
    for (const { name } of instructions) expect(known.split(' ')).toContain(name);
    expect(instructions[0]?.name).toBe('FROM');
  });

  it('is built on images whose version is named', () => {
    for (const image of values(instructions, 'FROM')) expect(image).toMatch(/^node:\d+-slim\b/);
  });

  it('copies what is there and is not kept out', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(copied().length).toBeGreaterThan(5);
    for (const source of copied()) {
      expect(existsSync(new URL(source, root)), source).toBe(true);
      expect(kept, source).toContain(source.split('/', 1)[0]);
    }
    for (const path of kept) expect(existsSync(new URL(path, root)), path).toBe(true);
  });

  it('takes from its other stage what is built there', () => {
    const built = values(instructions, 'COPY').filter((value) => value.startsWith('--from='));
    expect(built.length).toBe(3);
    for (const value of built) expect(value).toMatch(/^--from=build \/build\/\S+ \.\/\S*$/);
    expect(values(instructions, 'FROM')[0]).toMatch(/ AS build$/);
  });

  it('installs what the lock says, and does not bring tools along', () => {
    const runs = values(instructions, 'RUN').join('\n');
    expect(runs).toMatch(/npm ci\b/);
    expect(runs).toMatch(/npm prune --omit=dev/);
    expect(runs).not.toMatch(/npm install|curl|wget|sudo|apt-get upgrade/);
  });

  it('does not run as root, keeps data in a volume and names its ports', () => {
    const [user] = values(lastStage, 'USER');
    expect(user).toBe('leveret');
    const after = lastStage.slice(lastStage.findIndex(({ name }) => name === 'USER'));
    // Who is no longer root cannot install any more.
    expect(values(after, 'RUN')).toEqual([]);
    expect(values(lastStage, 'VOLUME')).toEqual(['/var/lib/leveret']);
    expect(values(lastStage, 'ENV').join(' ')).toContain('LEVERET_DATA_DIR=/var/lib/leveret');
    for (const port of ['5672', '15672', '15692']) {
      expect(values(lastStage, 'EXPOSE').join(' ').split(' ')).toContain(port);
    }
  });

  it('starts, and is asked how it is, by commands that there are', async () => {
    const version = async (): Promise<string> => '1.2.3';
    const words = (value: string): string[] => JSON.parse(value.slice(value.indexOf('[')));
    const [health = ''] = values(lastStage, 'HEALTHCHECK');
    const [program, ...args] = words(health);
    expect(program).toBe('leveret');
    expect(await parseCommandLine(args, version)).toMatchObject({
      name: 'operate',
      named: { command: { name: 'check_running' } },
    });
    const [cmd = ''] = values(lastStage, 'CMD');
    expect(await parseCommandLine(words(cmd).slice(1), version)).toMatchObject({ name: 'start' });
    expect(values(lastStage, 'ENTRYPOINT')).toEqual(['["docker-entrypoint.sh"]']);
  });
});
