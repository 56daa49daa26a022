import { Refusal } from './client.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';

/** Tells what is not there in other words than the node's "Not Found". */
export async function orMissing<T>(work: Promise<T>, code: ExitCode, text: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) throw new CommandError(code, text);
    throw error;
  }
}

/** Ends with another code where the node cannot use what it was given. */
export async function refusedAs<T>(code: ExitCode, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal && error.status === 400) {
      throw new CommandError(code, error.message);
    }
    throw error;
  }
}

/** What is asked about a user. */
export function ofUser<T>(name: string, work: Promise<T>): Promise<T> {
  return orMissing(work, exitCodes.noUser, `User "${name}" does not exist`);
}

/** What is asked about a vhost. */
export function inVhost<T>(name: string, work: Promise<T>): Promise<T> {
  return orMissing(work, exitCodes.data, `Virtual host '${name}' does not exist`);
}
