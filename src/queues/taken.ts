/** A message taken by hand; the fields are those of `Consumer.deliver`. */
export interface Taken {
  readonly record: number;
  readonly seq: number;
  readonly expiresAt: number;
  readonly returns: number;
}
