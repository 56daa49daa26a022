import type { JsonObject } from '../kit/json.ts';

/** The policies that hold for a queue or an exchange. */
export interface AppliedPolicy {
  /** The name of the policy. */
  readonly policy: string | undefined;
  readonly operatorPolicy: string | undefined;
  /** Of both together: what remains in force of each. */
  readonly definition: JsonObject;
}
